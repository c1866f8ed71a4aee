"""Settings: `env` reads the environment, `base` is common; `dev`, `test`, `prod` differ from it as little as they can."""
