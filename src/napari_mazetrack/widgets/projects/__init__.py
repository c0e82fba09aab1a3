"""The project that a panel works in.

`open_projects` opens each file once for all panels, `project_choice` asks for one. `project_actions` opens
`exchange_dialog` (labels of other programs in and out, with its `keypoint_table`) and `project_dialogs` (merging,
moved films); both ask about what contradicts in a `conflict_table`. `own_undo` is what a panel's Undo may take back.
"""
