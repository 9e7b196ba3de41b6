"""The store: immutable bulk imports (lake), append-only revisions (registry), and the engine that reads them."""
