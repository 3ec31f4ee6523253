"""Demo data: the units of Lâm Đồng, invented people, past and coming meetings, one recorded meeting.

All of it is marked and can be removed by one command. It depends on nothing but the code and ``now``: loaded twice at
the same moment, it is the same. Names of people are invented; what the meetings say is simulated.
"""
