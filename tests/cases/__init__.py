"""Situations that people reported, as data: what is in Azure, what is typed, and what the answer has to be.

A bug becomes a new file here; `case` has its form.
"""
