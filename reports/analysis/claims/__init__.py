"""Claims about the results, each with a rule over the archive: what it says of them today, with the numbers behind."""
