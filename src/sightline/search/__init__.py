"""Candidates under a budget, a leaderboard, and what becomes of the winner."""
