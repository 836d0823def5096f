"""The inside of a component: what the host calls, and what a plugin calls on the host.

`mortise_sdk.build` writes a module that begins with `start` and then imports the plugin. All of it runs once,
when the component is built; what was imported by then is in the component, and nothing is imported later.
"""
