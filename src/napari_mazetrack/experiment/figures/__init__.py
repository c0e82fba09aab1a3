"""The figures of an experiment: vector, colour-blind safe, in the sizes of journals, always the same bytes.

`style` (sizes, colours, saving) → `pool_grid` (paths on pools in rows and columns) and `points` (every animal as a
point, mean ± SD) → the figures: `paths`, `occupancy`, `over_days`, `quadrants`, `survival_curves` → `all_figures`.
`agreement_plot`: two ways of measuring beside each other.
"""
