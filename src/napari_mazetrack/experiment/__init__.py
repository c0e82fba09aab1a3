"""Animals, groups, days; summaries, statistics, figures, report."""
