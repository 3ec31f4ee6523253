"""One PostgreSQL database for all tests of a process: making a new one for each takes longer than most of them."""

from bench.postgresql import run_sql

KEEP = """
CREATE SCHEMA pristine;
DO $$ DECLARE name text; BEGIN
  FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' LOOP
    EXECUTE format('CREATE TABLE pristine.%1$I AS TABLE public.%1$I', name);
  END LOOP;
END $$;
CREATE TABLE pristine."of sequences" AS
  SELECT format('%I.%I', schemaname, sequencename)::regclass AS sequence, last_value
  FROM pg_sequences WHERE schemaname = 'public';
"""

# Triggers rest: what is only ever added to is emptied too, and no foreign key is in the way.
PUT_BACK = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
  WHERE datname = current_database() AND pid <> pg_backend_pid();
SET session_replication_role = replica;
DO $$ DECLARE name text; BEGIN
  FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' LOOP
    EXECUTE format('DELETE FROM public.%I', name);
    EXECUTE format('INSERT INTO public.%1$I SELECT * FROM pristine.%1$I', name);
  END LOOP;
END $$;
SELECT setval(sequence, coalesce(last_value, 1), last_value IS NOT NULL) FROM pristine."of sequences";
"""


def make_pristine(template: str) -> str:
    """The address of a copy of ``template`` that remembers what it holds."""
    run_sql(template, "CREATE DATABASE pristine TEMPLATE giaoban")
    url = template.replace("/giaoban?", "/pristine?")
    run_sql(url, KEEP)
    return url


def put_back(url: str) -> None:
    """Rows and sequences as they were; whoever is still connected is not any more. No test changes tables."""
    run_sql(url, PUT_BACK)
