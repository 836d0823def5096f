"""Makes a component of a plugin: `python -m mortise_sdk.build --wit DIR --out FILE --sbom FILE`, called in
the plugin's folder by `mortise plugin build`."""
