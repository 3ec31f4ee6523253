"""The domain: units, meetings, attendance, the indicator.

Only the stores, the use cases (``*_actions.py``, ``unit_changes.py``), ``audit.py`` and ``locks.py`` may await.
"""
