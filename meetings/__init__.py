"""The domain: units, meetings, attendance, the indicator. Only *_store.py, audit.py and actions.py may await."""
