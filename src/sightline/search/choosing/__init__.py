"""Who wins, how sure that is, and what more data or time would bring."""
