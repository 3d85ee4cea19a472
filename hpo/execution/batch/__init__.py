"""Batch systems: a job that runs searches is rendered, submitted, watched and, where its time was short, continued."""
