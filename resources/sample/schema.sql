-- The schema of "Riverside Clinic". docs/sample.md tells what each oddity is there for.
--
-- Tables come first; rows are put in after them; then come indexes, the full-text index, triggers and views, so that
-- no trigger fires while the sample is built.

CREATE TABLE patient ( -- People the clinic treats or has treated.
  id INTEGER PRIMARY KEY,                       -- the number on the patient's card
  given_name TEXT NOT NULL,
  family_name TEXT NOT NULL COLLATE NOCASE,
  birth_date DATE NOT NULL,                     -- SQLite has no type DATE: this column takes anything
  sex TEXT NOT NULL CHECK (sex IN ('f', 'm', 'x')),
  national_id TEXT,                             -- ten digits, the last one a check digit
  postcode TEXT,
  contact JSON,                                 -- whom to call, how to write, in which language
  deceased_on TEXT,
  created_at TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP,
  updated_at TEXT,                              -- kept by the trigger patient_updated
  full_name TEXT GENERATED ALWAYS AS (given_name || ' ' || family_name) VIRTUAL,
  CONSTRAINT patient_national_id UNIQUE (national_id),
  CONSTRAINT patient_contact_is_json CHECK (contact IS NULL OR json_valid(contact)),
  CONSTRAINT patient_dies_after_birth CHECK (deceased_on IS NULL OR deceased_on >= birth_date)
);

CREATE TABLE patient_contact ( -- How to reach a patient.
  id INTEGER PRIMARY KEY,
  patient_id INTEGER NOT NULL REFERENCES patient,
  kind TEXT,                                    -- phone, email, post; older rows spell it otherwise
  value                                         -- no type: some phone numbers are stored as numbers
);

CREATE TABLE insurer ( -- Who pays.
  id INT PRIMARY KEY,                           -- INT, not INTEGER: not the rowid
  name TEXT NOT NULL,
  email TEXT,
  iban TEXT,
  CONSTRAINT insurer_name UNIQUE (name COLLATE NOCASE)
);

CREATE TABLE patient_insurance (
  id INTEGER PRIMARY KEY,
  patient_id INTEGER NOT NULL REFERENCES patient (id) ON DELETE CASCADE,
  insurer_id INT NOT NULL REFERENCES insurer (id) ON UPDATE CASCADE ON DELETE RESTRICT,
  member_no TEXT NOT NULL,
  is_primary INTEGER NOT NULL DEFAULT 1 CHECK (is_primary IN (0, 1)),
  valid_from TEXT NOT NULL,
  valid_to TEXT,
  CONSTRAINT patient_insurance_member UNIQUE (insurer_id, member_no) ON CONFLICT ABORT,
  CONSTRAINT patient_insurance_period CHECK (valid_to IS NULL OR valid_to >= valid_from)
);

CREATE TABLE staff ( /* Everybody who works or worked here. */
  id INTEGER PRIMARY KEY,
  code TEXT NOT NULL COLLATE NOCASE UNIQUE,     -- signs in with it; programs write it in any case
  badge_no TEXT NOT NULL,                       -- printed on the badge; nothing here keeps it unique
  full_name TEXT NOT NULL,
  license_no TEXT UNIQUE,                       -- only who treats people has one
  email TEXT NOT NULL,
  phone TEXT,
  salary_iban TEXT,
  manager_id INTEGER REFERENCES staff (id) ON DELETE SET NULL,
  hired_on TEXT NOT NULL,
  left_on TEXT,
  CHECK (manager_id <> id),
  CONSTRAINT staff_leaves_after_start CHECK (left_on IS NULL OR left_on >= hired_on)
);

CREATE TABLE role (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL COLLATE NOCASE UNIQUE,
  may_prescribe INTEGER NOT NULL DEFAULT 0 CHECK (may_prescribe IN (0, 1))
);

CREATE TABLE staff_role (
  staff_id INTEGER NOT NULL REFERENCES staff (id) ON DELETE CASCADE,
  role_id INTEGER NOT NULL REFERENCES role (id) ON DELETE RESTRICT,
  since TEXT NOT NULL,
  PRIMARY KEY (staff_id, role_id)
) WITHOUT ROWID;

CREATE TABLE room (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  floor INTEGER NOT NULL CHECK (floor BETWEEN -1 AND 4),
  equipment JSON NOT NULL DEFAULT '[]' CHECK (json_type(equipment) = 'array')
);

CREATE TABLE appointment (
  id INTEGER PRIMARY KEY,
  patient_id INTEGER NOT NULL REFERENCES patient (id) ON DELETE CASCADE,
  staff_id INTEGER NOT NULL REFERENCES staff (id),
  room_id INTEGER REFERENCES room (id) ON DELETE SET NULL,
  starts_at TEXT NOT NULL,
  duration_min INTEGER NOT NULL CONSTRAINT appointment_duration CHECK (duration_min BETWEEN 5 AND 480),
  status TEXT NOT NULL DEFAULT 'booked' CHECK (status IN ('booked', 'kept', 'cancelled', 'missed')),
  remark TEXT,                                  -- what the front desk was told; names of relatives
  ends_at TEXT AS (datetime(starts_at, '+' || duration_min || ' minutes'))
);

CREATE TABLE visit ( -- One meeting of a patient with the clinic.
  id INTEGER PRIMARY KEY,
  appointment_id INTEGER REFERENCES appointment (id) ON DELETE SET NULL DEFERRABLE INITIALLY DEFERRED,
  patient_id INTEGER NOT NULL REFERENCES patient (id),
  staff_id INTEGER NOT NULL REFERENCES staff (id) ON DELETE RESTRICT,
  started_at TEXT NOT NULL,
  ended_at TEXT,                                -- empty while the visit lasts
  reason TEXT,
  notes TEXT,                                   -- free text; searched through visit_note
  follow_up_of INTEGER REFERENCES visit (id) ON DELETE SET NULL,
  updated_at TEXT,                              -- kept by the trigger visit_updated
  minutes INTEGER GENERATED ALWAYS AS (CAST(round((julianday(ended_at) - julianday(started_at)) * 1440) AS INTEGER)) STORED,
  CONSTRAINT visit_ends_after_start CHECK (ended_at >= started_at)
);

CREATE TABLE icd_code ( -- Names of illnesses, after ICD-10.
  code TEXT PRIMARY KEY,                        -- a text key of a table with rowids accepts NULL
  title TEXT NOT NULL,
  chapter TEXT NOT NULL
);

CREATE TABLE diagnosis (
  id INTEGER PRIMARY KEY,
  visit_id INTEGER NOT NULL REFERENCES visit (id),
  icd_code TEXT NOT NULL REFERENCES icd_code,
  certainty TEXT NOT NULL DEFAULT 'confirmed' CHECK (certainty IN ('confirmed', 'suspected', 'excluded')),
  recorded_at TEXT NOT NULL
);

CREATE TABLE medication (
  id INTEGER PRIMARY KEY,
  atc_code TEXT NOT NULL,                       -- several products share one substance
  name TEXT NOT NULL,
  form TEXT NOT NULL,
  strength TEXT NOT NULL,
  CONSTRAINT medication_product UNIQUE (name, form, strength)
);

CREATE TABLE allergy (
  id INTEGER PRIMARY KEY,
  patient_id INTEGER NOT NULL REFERENCES patient (id) ON DELETE CASCADE,
  substance_code TEXT NOT NULL REFERENCES medication (atc_code), -- cannot work: atc_code is not unique
  severity TEXT NOT NULL CHECK (severity IN ('mild', 'moderate', 'severe')),
  noted_on TEXT NOT NULL
);

CREATE TABLE prescription (
  id INTEGER PRIMARY KEY,
  visit_id INTEGER NOT NULL REFERENCES visit (id) ON DELETE CASCADE,
  medication_id INTEGER NOT NULL REFERENCES medication (id) ON DELETE RESTRICT,
  dose TEXT NOT NULL,
  instructions TEXT,
  days INTEGER NOT NULL CHECK (days BETWEEN 1 AND 365),
  prescribed_on TEXT NOT NULL
);

CREATE TABLE lab_order (
  id INTEGER PRIMARY KEY,
  visit_id INTEGER NOT NULL REFERENCES visit (id) ON DELETE RESTRICT,
  staff_id INTEGER NOT NULL,                    -- who asked for it; no rule says so
  ordered_at TEXT NOT NULL,
  panel TEXT NOT NULL
);

CREATE TABLE lab_result (
  id INTEGER PRIMARY KEY,
  order_id INTEGER NOT NULL REFERENCES lab_order (id),
  analyte TEXT NOT NULL,
  value REAL,
  unit TEXT,
  flag TEXT CHECK (flag IN ('low', 'high')),
  CONSTRAINT lab_result_once UNIQUE (order_id, analyte)
);

CREATE TABLE observation ( -- Measured at a visit. The largest table.
  id INTEGER PRIMARY KEY,
  visit_id INTEGER NOT NULL REFERENCES visit (id) ON DELETE CASCADE,
  kind TEXT NOT NULL,
  value REAL,
  unit TEXT,
  taken_at TEXT NOT NULL,
  staff_id INTEGER REFERENCES staff (id) ON DELETE SET NULL,
  note TEXT
);

CREATE TABLE invoice (
  id INTEGER PRIMARY KEY AUTOINCREMENT,         -- a number is never given twice
  visit_id INTEGER NOT NULL REFERENCES visit (id) ON DELETE RESTRICT,
  number TEXT NOT NULL UNIQUE,
  insurer_id INT REFERENCES insurer (id) ON UPDATE CASCADE,
  address TEXT NOT NULL,                        -- as it was printed
  issued_on TEXT NOT NULL,
  total_cents INTEGER NOT NULL,
  status TEXT NOT NULL DEFAULT 'open',
  CONSTRAINT invoice_status CHECK (status IN ('open', 'paid', 'written off'))
);

CREATE TABLE invoice_line (
  invoice_no TEXT NOT NULL REFERENCES invoice (number) ON UPDATE CASCADE ON DELETE CASCADE,
  line_no INTEGER NOT NULL CHECK (line_no > 0),
  description TEXT NOT NULL,
  quantity INTEGER NOT NULL DEFAULT 1,
  unit_cents INTEGER NOT NULL,
  amount_cents INTEGER GENERATED ALWAYS AS (quantity * unit_cents) STORED,
  PRIMARY KEY (invoice_no, line_no)
) WITHOUT ROWID;

CREATE TABLE payment (
  id INTEGER PRIMARY KEY,
  invoice_id INTEGER NOT NULL REFERENCES invoice (id) ON DELETE RESTRICT,
  invoice_no TEXT,                              -- with line_no, where one line was paid by itself
  line_no INTEGER,
  amount_cents INTEGER NOT NULL,
  method TEXT NOT NULL CHECK (method IN ('transfer', 'card', 'cash')),
  payer_ref TEXT,                               -- account or card the money came from
  paid_on TEXT NOT NULL,
  CONSTRAINT payment_line FOREIGN KEY (invoice_no, line_no) REFERENCES invoice_line (invoice_no, line_no)
);

CREATE TABLE document ( -- Scans and letters.
  id INTEGER PRIMARY KEY,
  visit_id INTEGER NOT NULL REFERENCES visit (id) ON DELETE CASCADE,
  author_id INTEGER REFERENCES staff (id) ON DELETE SET NULL,
  scanned_by TEXT,                              -- a badge number; no rule says so
  order_id INTEGER,
  analyte TEXT,
  title TEXT NOT NULL,
  media_type TEXT NOT NULL CHECK (media_type IN ('image/png', 'application/pdf')),
  content BLOB NOT NULL,
  size_bytes INTEGER AS (length(content)) VIRTUAL,
  scanned_at TEXT NOT NULL,
  FOREIGN KEY (order_id, analyte) REFERENCES lab_result (order_id, analyte) ON DELETE SET NULL
);

CREATE TABLE consent ( -- What a patient agreed to, and when they took it back.
  id INTEGER PRIMARY KEY,
  patient_id INTEGER NOT NULL REFERENCES patient (id) ON DELETE CASCADE,
  purpose TEXT NOT NULL CHECK (purpose IN ('treatment', 'data sharing', 'research', 'newsletter', 'photographs')),
  given_on TEXT NOT NULL,
  withdrawn_on TEXT,
  channel TEXT NOT NULL,
  wording_version INTEGER NOT NULL,
  UNIQUE (patient_id, purpose, given_on) ON CONFLICT IGNORE,
  CONSTRAINT consent_withdrawn_later CHECK (withdrawn_on IS NULL OR withdrawn_on >= given_on)
) STRICT;

CREATE TABLE message (
  id INTEGER PRIMARY KEY,
  patient_id INTEGER REFERENCES patient (id) ON DELETE CASCADE,
  staff_id INTEGER REFERENCES staff (id) ON DELETE SET NULL,
  direction TEXT NOT NULL CHECK (direction IN ('in', 'out')),
  address TEXT NOT NULL,                        -- e-mail address of the other side
  subject TEXT NOT NULL ON CONFLICT REPLACE DEFAULT '(no subject)',
  body TEXT NOT NULL,
  sent_at TEXT NOT NULL
);

CREATE TABLE login_event (
  token TEXT PRIMARY KEY,
  staff_code TEXT,                              -- as typed; means staff.code, no rule says so
  at INTEGER NOT NULL,                          -- seconds since 1970
  ip TEXT NOT NULL,
  user_agent TEXT,
  succeeded INTEGER NOT NULL CHECK (succeeded IN (0, 1)),
  device_id INTEGER REFERENCES device (id)      -- the table device was dropped
);

CREATE TABLE setting (
  key TEXT PRIMARY KEY,
  value ANY,                                    -- number, text, JSON or bytes
  changed_by TEXT,
  changed_at TEXT NOT NULL,
  CHECK (key = lower(key))
) STRICT, WITHOUT ROWID;

CREATE TABLE old_register ( -- Brought over from a spreadsheet in 2009. No key, nothing is checked.
  "Name, first name",
  "Born",
  [Tel. no.],
  `since`,
  "Said ""yes"" to letters"
);

CREATE INDEX patient_search ON patient (lower(family_name), lower(given_name));

CREATE INDEX patient_language ON patient (json_extract(contact, '$.language'));

CREATE INDEX patient_contact_patient ON patient_contact (patient_id);

CREATE UNIQUE INDEX patient_insurance_one_primary ON patient_insurance (patient_id) WHERE is_primary = 1 AND valid_to IS NULL;

CREATE INDEX patient_insurance_patient ON patient_insurance (patient_id);

CREATE INDEX staff_manager ON staff (manager_id);

CREATE INDEX staff_role_role ON staff_role (role_id);

CREATE INDEX appointment_patient ON appointment (patient_id, starts_at);

CREATE INDEX appointment_staff ON appointment (staff_id, starts_at DESC);

CREATE INDEX visit_patient ON visit (patient_id);

CREATE INDEX visit_by_patient ON visit (patient_id);

CREATE INDEX visit_staff ON visit (staff_id);

CREATE INDEX visit_appointment ON visit (appointment_id);

CREATE INDEX visit_started ON visit (started_at DESC);

CREATE INDEX diagnosis_visit ON diagnosis (visit_id);

CREATE INDEX diagnosis_icd_code ON diagnosis (icd_code);

CREATE INDEX allergy_patient ON allergy (patient_id);

CREATE INDEX prescription_visit ON prescription (visit_id);

CREATE INDEX lab_order_visit ON lab_order (visit_id);

CREATE INDEX observation_visit ON observation (visit_id);

CREATE INDEX observation_visit_kind ON observation (visit_id, kind);

CREATE INDEX observation_taken ON observation (taken_at DESC);

CREATE INDEX invoice_visit ON invoice (visit_id);

CREATE INDEX invoice_open ON invoice (issued_on) WHERE status = 'open';

CREATE INDEX payment_invoice ON payment (invoice_id);

CREATE INDEX payment_invoice_line ON payment (invoice_no, line_no) WHERE invoice_no IS NOT NULL;

CREATE INDEX document_visit ON document (visit_id);

CREATE INDEX message_patient ON message (patient_id, sent_at);

CREATE INDEX login_event_at ON login_event (at DESC);

CREATE VIRTUAL TABLE visit_note USING fts5 (
  reason, notes, content='visit', content_rowid='id', tokenize='unicode61 remove_diacritics 2'
);

CREATE TRIGGER patient_updated AFTER UPDATE OF given_name, family_name, birth_date, sex, national_id, postcode, contact
ON patient WHEN NEW.updated_at IS OLD.updated_at
BEGIN
  UPDATE patient SET updated_at = CURRENT_TIMESTAMP WHERE id = NEW.id;
END;

CREATE TRIGGER visit_updated AFTER UPDATE OF started_at, ended_at, reason, notes ON visit
WHEN NEW.updated_at IS OLD.updated_at
BEGIN
  UPDATE visit SET updated_at = CURRENT_TIMESTAMP WHERE id = NEW.id;
END;

CREATE TRIGGER visit_note_insert AFTER INSERT ON visit
BEGIN
  INSERT INTO visit_note (rowid, reason, notes) VALUES (NEW.id, NEW.reason, NEW.notes);
END;

CREATE TRIGGER visit_note_delete AFTER DELETE ON visit
BEGIN
  INSERT INTO visit_note (visit_note, rowid, reason, notes) VALUES ('delete', OLD.id, OLD.reason, OLD.notes);
END;

CREATE TRIGGER visit_note_update AFTER UPDATE OF reason, notes ON visit
BEGIN
  INSERT INTO visit_note (visit_note, rowid, reason, notes) VALUES ('delete', OLD.id, OLD.reason, OLD.notes);
  INSERT INTO visit_note (rowid, reason, notes) VALUES (NEW.id, NEW.reason, NEW.notes);
END;

CREATE TRIGGER payment_settles_invoice AFTER INSERT ON payment
WHEN (SELECT sum(amount_cents) FROM payment WHERE invoice_id = NEW.invoice_id)
  >= (SELECT total_cents FROM invoice WHERE id = NEW.invoice_id)
BEGIN
  UPDATE invoice SET status = 'paid' WHERE id = NEW.invoice_id AND status = 'open';
END;

CREATE TRIGGER old_register_changed AFTER UPDATE ON old_register -- cannot run: the table register_log was dropped
BEGIN
  INSERT INTO register_log (changed_at) VALUES (CURRENT_TIMESTAMP);
END;

CREATE VIEW visit_summary AS
SELECT visit.id AS visit_id, visit.patient_id, patient.full_name AS patient, staff.full_name AS seen_by,
       date(visit.started_at) AS day, visit.minutes, visit.reason,
       (SELECT count(*) FROM diagnosis WHERE diagnosis.visit_id = visit.id) AS diagnoses
FROM visit
JOIN patient ON patient.id = visit.patient_id
JOIN staff ON staff.id = visit.staff_id;

CREATE VIEW busy_day AS -- built on another view
SELECT day, count(*) AS visits, round(avg(minutes), 1) AS average_minutes
FROM visit_summary
GROUP BY day
HAVING count(*) >= 3;

CREATE VIEW open_invoice AS
SELECT invoice.id, invoice.number, invoice.issued_on, visit.patient_id, invoice.total_cents,
       coalesce((SELECT sum(amount_cents) FROM payment WHERE payment.invoice_id = invoice.id), 0) AS paid_cents
FROM invoice
JOIN visit ON visit.id = invoice.visit_id
WHERE invoice.status = 'open';

CREATE VIEW staff_directory AS SELECT id, full_name, email, phone FROM staff WHERE left_on IS NULL;

CREATE TRIGGER staff_directory_phone INSTEAD OF UPDATE OF phone ON staff_directory
BEGIN
  UPDATE staff SET phone = NEW.phone WHERE id = NEW.id;
END;

CREATE VIEW room_plan AS -- broken: a later change dropped room.extension
SELECT room.name, room.floor, room.extension FROM room ORDER BY room.floor, room.name;
