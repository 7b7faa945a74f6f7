enum PostgreSQLModule {}
