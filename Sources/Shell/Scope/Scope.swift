enum ScopeModule {}
