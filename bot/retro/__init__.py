"""During and after an incident: action items, updates for others, the postmortem, and what months of incidents show. Pure.

It knows neither how anybody is reached nor where anything is kept.
"""
