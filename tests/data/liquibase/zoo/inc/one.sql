--liquibase formatted sql logicalFilePath:moved/one.sql

--changeset anna:1 labels:blue context:"prod or test"
--comment: the first
CREATE TABLE one (a ${kind}, b INTEGER CHECK (b > 0));
--rollback DROP TABLE one;

--changeset anna:2 splitStatements:false stripComments:false
CREATE TRIGGER tr AFTER INSERT ON one BEGIN
  UPDATE one SET a = 'x'; -- a remark
  DELETE FROM one WHERE 0;
END
--rollback DROP TRIGGER tr

--changeset anna:3 endDelimiter:/
--preconditions onFail:MARK_RAN
--precondition-sql-check expectedResult:0 SELECT count(*) FROM sqlite_master WHERE name = 'absent'
CREATE TABLE three (a)
/
CREATE INDEX i3 ON three (a)
/
--rollback not required

--changeset "anna b":"four 4" runAlways:true
UPDATE one SET a = 1 WHERE 0;
/* liquibase rollback
SELECT 1;
*/
--changeset anna:5 context:never
CREATE TABLE never (a);
--changeset anna:6 dbms:!sqlite
CREATE TABLE never2 (a);
--changeset anna:7 failOnError:false
CREATE TABLE one (a);
