"""Stock requests: a pharmacist asks, the warehouse dispatches or declines, everything is written down.

`wanted` says what can be asked for, `tables` what is stored, `desk` what can be done with it.
Nothing here knows of pages or of the forecast.
"""
