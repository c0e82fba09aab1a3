"""The whole experiment: animals, groups, days; summaries, statistics, figures and report.

`settings` (every number) → `sheet` (groups that are clear) and `measures_frame` (measures of all trials) →
`exclusions` (flags, counted) → `summaries` (per animal and day, then per group and day) and `statistics` (all tests):
`outcomes` (one value per animal), `cohorts` (strata, or the unit), `permutation` (the default inference), `survival`
(latency, censored), `mixed_model` (a second opinion), `effect_size`, `result` (a row: never p without test, unit and
n) → `figures` (from measures and `drawn_swim`s) → `report` (`methods`, and the template, style and script beside it).
`blind_key` hides which group is which, `unblinding` tells what was fixed before; `natural_order` sorts names, and
`training_days` days, also those of a reversal that counts anew.
`trajectory_figure` draws the paths of single trials on their own arenas; `agreement` compares two ways of measuring,
`sample_size` plans the next experiment. `strategy_shares` are shares of search strategies, `measuring` is how trials
were measured, for the report.
"""
