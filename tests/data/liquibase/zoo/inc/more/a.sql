--liquibase formatted sql
--changeset z:1
CREATE TABLE inm (a);
