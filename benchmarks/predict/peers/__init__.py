"""The peers, each as its own documentation serves a model, with one worker and the same model file.

A folder holds the pinned packages (`requirements.txt`) and the adapter, which runs in an environment of
those packages alone. All of them answer a branch and a date with what `forecasts.py` says.
"""
