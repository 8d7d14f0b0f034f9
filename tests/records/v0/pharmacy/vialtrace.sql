BEGIN TRANSACTION;
CREATE TABLE access_log (
	seq INTEGER NOT NULL, 
	site TEXT NOT NULL, 
	at TEXT NOT NULL, 
	who TEXT NOT NULL, 
	station TEXT, 
	what TEXT NOT NULL, 
	preparation TEXT NOT NULL, 
	patients TEXT NOT NULL, 
	digest BLOB NOT NULL, 
	CONSTRAINT pk_access_log PRIMARY KEY (seq), 
	CONSTRAINT ck_access_log_counted CHECK (seq > 0)
)
 STRICT

;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0007_used_once');
CREATE TABLE attempt (
	seq INTEGER NOT NULL, 
	at TEXT NOT NULL, 
	person TEXT NOT NULL, 
	station TEXT NOT NULL, 
	purpose TEXT NOT NULL, 
	outcome TEXT NOT NULL, 
	CONSTRAINT pk_attempt PRIMARY KEY (seq)
)
 STRICT

;
INSERT INTO "attempt" VALUES(1,'2026-11-29T16:29:39.149080Z','ANN00001','HOOD-1','sign-in','wrong');
INSERT INTO "attempt" VALUES(2,'2026-11-29T16:29:39.149080Z','ANN00001','HOOD-1','sign-in','wrong');
CREATE TABLE badge (
	code TEXT NOT NULL, 
	person TEXT NOT NULL, 
	since TEXT NOT NULL, 
	revoked TEXT, 
	revoked_why TEXT NOT NULL, 
	CONSTRAINT pk_badge PRIMARY KEY (code), 
	CONSTRAINT fk_badge_person_person FOREIGN KEY(person) REFERENCES person (id)
)
 STRICT

;
INSERT INTO "badge" VALUES('ANN00001','ANN00001','2026-11-29T16:29:39.149080Z',NULL,'');
INSERT INTO "badge" VALUES('BB000002','BB000002','2026-11-29T16:29:39.149080Z',NULL,'');
INSERT INTO "badge" VALUES('1EE00003','1EE00003','2026-11-29T16:29:39.149080Z',NULL,'');
INSERT INTO "badge" VALUES('PAM00004','PAM00004','2026-11-29T16:29:39.149080Z',NULL,'');
INSERT INTO "badge" VALUES('QQN00005','QQN00005','2026-11-29T16:29:39.149080Z',NULL,'');
CREATE TABLE balance (
	name TEXT NOT NULL, 
	station TEXT NOT NULL, 
	serial TEXT NOT NULL, 
	division_g TEXT NOT NULL, 
	repeatability_g TEXT NOT NULL, 
	capacity_g TEXT NOT NULL, 
	calibrated_until TEXT, 
	checked_at TEXT, 
	check_valid_until TEXT, 
	CONSTRAINT pk_balance PRIMARY KEY (name), 
	CONSTRAINT uq_balance_station UNIQUE (station)
)
 STRICT

;
INSERT INTO "balance" VALUES('BAL-1','HOOD-1','B123456789','0.01','0.004','4200','2027-01-28T16:29:39.149080Z','2026-11-29T16:29:39.149080Z','2026-11-30T16:29:39.149080Z');
CREATE TABLE blob (
	seq INTEGER NOT NULL, 
	sha256 TEXT NOT NULL, 
	media_type TEXT NOT NULL, 
	size INTEGER NOT NULL, 
	identifying INTEGER NOT NULL, 
	at TEXT NOT NULL, 
	digest BLOB NOT NULL, 
	CONSTRAINT pk_blob PRIMARY KEY (seq), 
	CONSTRAINT ck_blob_identifying CHECK (identifying IN (0, 1)), 
	CONSTRAINT ck_blob_counted CHECK (seq > 0), 
	CONSTRAINT uq_blob_sha256 UNIQUE (sha256)
)
 STRICT

;
INSERT INTO "blob" VALUES(1,'36ac3968e68caa0931a5ebcdde9a16a36275069dc84bdbb288a4809900598966','x-application/hl7-v2+er7',1890,1,'2026-11-29T16:29:39.149080Z',X'F99BDDE2411DB8037DF4089ADBDD83EDAB7A73F2E08BB36233AD4D8B695610E4');
CREATE TABLE cabinet (
	code TEXT NOT NULL, 
	label TEXT NOT NULL, 
	station TEXT NOT NULL, 
	certified_until TEXT, 
	category INTEGER NOT NULL, 
	last_drug TEXT NOT NULL, 
	decontaminated INTEGER NOT NULL, 
	CONSTRAINT pk_cabinet PRIMARY KEY (code), 
	CONSTRAINT ck_cabinet_category CHECK (category IN (1, 2)), 
	CONSTRAINT ck_cabinet_decontaminated CHECK (decontaminated IN (0, 1)), 
	CONSTRAINT uq_cabinet_label UNIQUE (label)
)
 STRICT

;
INSERT INTO "cabinet" VALUES('BSC-2','BSC00002','HOOD-1','2027-01-28T16:29:39.149080Z',2,'',1);
CREATE TABLE checkpoint (
	seq INTEGER NOT NULL, 
	site TEXT NOT NULL, 
	epoch INTEGER NOT NULL, 
	site_seq INTEGER NOT NULL, 
	site_digest BLOB NOT NULL, 
	at TEXT NOT NULL, 
	note TEXT NOT NULL, 
	CONSTRAINT pk_checkpoint PRIMARY KEY (seq), 
	CONSTRAINT ck_checkpoint_counted CHECK (seq > 0), 
	CONSTRAINT uq_checkpoint_site_epoch_site_seq UNIQUE (site, epoch, site_seq)
)
 STRICT

;
CREATE TABLE competency (
	person TEXT NOT NULL, 
	code TEXT NOT NULL, 
	valid_until TEXT NOT NULL, 
	assessor TEXT NOT NULL, 
	assessed TEXT NOT NULL, 
	CONSTRAINT pk_competency PRIMARY KEY (person, code), 
	CONSTRAINT fk_competency_person_person FOREIGN KEY(person) REFERENCES person (id)
)
 STRICT

;
INSERT INTO "competency" VALUES('ANN00001','HD-STERILE','2027-02-27T16:29:39.149080Z','setup','2026-11-29T16:29:39.149080Z');
INSERT INTO "competency" VALUES('ANN00001','GRAV','2027-02-27T16:29:39.149080Z','setup','2026-11-29T16:29:39.149080Z');
INSERT INTO "competency" VALUES('ANN00001','CALC','2027-11-29T16:29:39.149080Z','setup','2026-11-29T16:29:39.149080Z');
INSERT INTO "competency" VALUES('ANN00001','SPILL','2027-11-29T16:29:39.149080Z','setup','2026-11-29T16:29:39.149080Z');
INSERT INTO "competency" VALUES('BB000002','HD-STERILE','2027-02-27T16:29:39.149080Z','setup','2026-11-29T16:29:39.149080Z');
INSERT INTO "competency" VALUES('BB000002','GRAV','2027-02-27T16:29:39.149080Z','setup','2026-11-29T16:29:39.149080Z');
INSERT INTO "competency" VALUES('BB000002','CALC','2027-11-29T16:29:39.149080Z','setup','2026-11-29T16:29:39.149080Z');
INSERT INTO "competency" VALUES('BB000002','SPILL','2027-11-29T16:29:39.149080Z','setup','2026-11-29T16:29:39.149080Z');
INSERT INTO "competency" VALUES('1EE00003','HD-STERILE','2027-02-27T16:29:39.149080Z','setup','2026-11-29T16:29:39.149080Z');
INSERT INTO "competency" VALUES('1EE00003','GRAV','2027-02-27T16:29:39.149080Z','setup','2026-11-29T16:29:39.149080Z');
INSERT INTO "competency" VALUES('1EE00003','CALC','2027-11-29T16:29:39.149080Z','setup','2026-11-29T16:29:39.149080Z');
INSERT INTO "competency" VALUES('1EE00003','SPILL','2027-11-29T16:29:39.149080Z','setup','2026-11-29T16:29:39.149080Z');
INSERT INTO "competency" VALUES('PAM00004','HD-STERILE','2027-02-27T16:29:39.149080Z','setup','2026-11-29T16:29:39.149080Z');
INSERT INTO "competency" VALUES('PAM00004','GRAV','2027-02-27T16:29:39.149080Z','setup','2026-11-29T16:29:39.149080Z');
INSERT INTO "competency" VALUES('PAM00004','CALC','2027-11-29T16:29:39.149080Z','setup','2026-11-29T16:29:39.149080Z');
INSERT INTO "competency" VALUES('PAM00004','SPILL','2027-11-29T16:29:39.149080Z','setup','2026-11-29T16:29:39.149080Z');
INSERT INTO "competency" VALUES('QQN00005','HD-STERILE','2027-02-27T16:29:39.149080Z','setup','2026-11-29T16:29:39.149080Z');
INSERT INTO "competency" VALUES('QQN00005','GRAV','2027-02-27T16:29:39.149080Z','setup','2026-11-29T16:29:39.149080Z');
INSERT INTO "competency" VALUES('QQN00005','CALC','2027-11-29T16:29:39.149080Z','setup','2026-11-29T16:29:39.149080Z');
INSERT INTO "competency" VALUES('QQN00005','SPILL','2027-11-29T16:29:39.149080Z','setup','2026-11-29T16:29:39.149080Z');
INSERT INTO "competency" VALUES('XNA00006','HD-STERILE','2027-02-27T16:29:39.149080Z','setup','2026-11-29T16:29:39.149080Z');
INSERT INTO "competency" VALUES('XNA00006','GRAV','2027-02-27T16:29:39.149080Z','setup','2026-11-29T16:29:39.149080Z');
INSERT INTO "competency" VALUES('XNA00006','CALC','2027-11-29T16:29:39.149080Z','setup','2026-11-29T16:29:39.149080Z');
INSERT INTO "competency" VALUES('XNA00006','SPILL','2027-11-29T16:29:39.149080Z','setup','2026-11-29T16:29:39.149080Z');
INSERT INTO "competency" VALUES('ADA00007','HD-STERILE','2027-02-27T16:29:39.149080Z','setup','2026-11-29T16:29:39.149080Z');
INSERT INTO "competency" VALUES('ADA00007','GRAV','2027-02-27T16:29:39.149080Z','setup','2026-11-29T16:29:39.149080Z');
INSERT INTO "competency" VALUES('ADA00007','CALC','2027-11-29T16:29:39.149080Z','setup','2026-11-29T16:29:39.149080Z');
INSERT INTO "competency" VALUES('ADA00007','SPILL','2027-11-29T16:29:39.149080Z','setup','2026-11-29T16:29:39.149080Z');
INSERT INTO "competency" VALUES('ANN00001','CSTD','2027-02-27T16:29:39.149080Z','setup','2026-11-29T16:29:39.149080Z');
INSERT INTO "competency" VALUES('BB000002','CSTD','2027-02-27T16:29:39.149080Z','setup','2026-11-29T16:29:39.149080Z');
INSERT INTO "competency" VALUES('1EE00003','CSTD','2027-02-27T16:29:39.149080Z','setup','2026-11-29T16:29:39.149080Z');
INSERT INTO "competency" VALUES('PAM00004','CSTD','2027-02-27T16:29:39.149080Z','setup','2026-11-29T16:29:39.149080Z');
INSERT INTO "competency" VALUES('QQN00005','CSTD','2027-02-27T16:29:39.149080Z','setup','2026-11-29T16:29:39.149080Z');
INSERT INTO "competency" VALUES('XNA00006','CSTD','2027-02-27T16:29:39.149080Z','setup','2026-11-29T16:29:39.149080Z');
INSERT INTO "competency" VALUES('ADA00007','CSTD','2027-02-27T16:29:39.149080Z','setup','2026-11-29T16:29:39.149080Z');
CREATE TABLE equipment_event (
	seq INTEGER NOT NULL, 
	equipment TEXT NOT NULL, 
	what TEXT NOT NULL, 
	at TEXT NOT NULL, 
	who TEXT NOT NULL, 
	station TEXT NOT NULL, 
	detail TEXT NOT NULL, 
	CONSTRAINT pk_equipment_event PRIMARY KEY (seq), 
	CONSTRAINT ck_equipment_event_counted CHECK (seq > 0)
)
 STRICT

;
INSERT INTO "equipment_event" VALUES(1,'BAL-1','registered','2026-11-29T16:29:39.149080Z','pharmacy set-up','HOOD-1','{"serial":"B123456789"}');
INSERT INTO "equipment_event" VALUES(2,'BSC-2','registered','2026-11-29T16:29:39.149080Z','pharmacy set-up','HOOD-1','{"label":"BSC00002"}');
INSERT INTO "equipment_event" VALUES(3,'W20','weight registered','2026-11-29T16:29:39.149080Z','pharmacy set-up','HOOD-1','{"certificate_g":"20.00","name":"20 g","until":"2027-01-28T16:29:39.149080+00:00"}');
INSERT INTO "equipment_event" VALUES(4,'W200','weight registered','2026-11-29T16:29:39.149080Z','pharmacy set-up','HOOD-1','{"certificate_g":"199.99","name":"200 g","until":"2027-01-28T16:29:39.149080+00:00"}');
INSERT INTO "equipment_event" VALUES(5,'BAL-1','check reading','2026-11-29T16:29:39.149080Z','pharmacy set-up','HOOD-1','{"reading_g":"20.00","weight":"W20"}');
INSERT INTO "equipment_event" VALUES(6,'BAL-1','check reading','2026-11-29T16:29:39.149080Z','pharmacy set-up','HOOD-1','{"reading_g":"199.99","weight":"W200"}');
INSERT INTO "equipment_event" VALUES(7,'BAL-1','check passed','2026-11-29T16:29:39.149080Z','pharmacy set-up','HOOD-1','{"20 g":"20.00 g for 20.00 g","200 g":"199.99 g for 199.99 g","says":"Both weights are within 0.1 % or two divisions.","serial":"B123456789"}');
CREATE TABLE event (
	seq INTEGER NOT NULL, 
	preparation TEXT NOT NULL, 
	version INTEGER NOT NULL, 
	kind TEXT NOT NULL, 
	shape INTEGER NOT NULL, 
	body TEXT NOT NULL, 
	who TEXT NOT NULL, 
	second_person TEXT, 
	at TEXT NOT NULL, 
	station TEXT, 
	command_id TEXT NOT NULL, 
	ordinal INTEGER NOT NULL, 
	digest BLOB NOT NULL, 
	site TEXT NOT NULL, 
	site_seq INTEGER NOT NULL, 
	site_digest BLOB NOT NULL, 
	CONSTRAINT pk_event PRIMARY KEY (seq), 
	CONSTRAINT ck_event_digests CHECK (length(digest) = 32 AND length(site_digest) = 32), 
	CONSTRAINT ck_event_counted CHECK (seq > 0 AND version > 0 AND shape > 0 AND ordinal >= 0 AND site_seq > 0), 
	CONSTRAINT uq_event_command_id_ordinal UNIQUE (command_id, ordinal), 
	CONSTRAINT uq_event_preparation_version UNIQUE (preparation, version), 
	CONSTRAINT uq_event_site_site_seq UNIQUE (site, site_seq)
)
 STRICT

;
INSERT INTO "event" VALUES(1,'site/MAIN',1,'order_created',1,'{"at":"2026-11-29T16:29:39.149080Z","command_id":"1MQFX2BEEKZ5CN9ZZ32EEQ6TK3","data":{"effect":"created","findings":[],"order":{"actives":[{"amount":"970","code":{"code":"CYCLO-20","system":"L","text":"cyclophosphamide 20 mg/mL reconstituted"},"concentration":"20 mg/mL","drug":"cyclophosphamide","unit":"mg"}],"base":{"code":{"code":"D5W-250","system":"L","text":"Dextrose 5% in water 250 mL bag"},"fluid":"dextrose 5 %","overfill":"unknown","qs":false,"volume_ml":"250"},"bsa_m2":"1.62","bsa_method":"MOSTELLER","changed_at":"2026-11-29T16:26:39.000000Z","container":"bag","control":"NW","cycle":3,"day":1,"dispense_quantity":"1","dispense_unit":"BAG","dose":"970","dose_no":null,"dose_unit":"mg","doses_total":1,"drug":"cyclophosphamide","drug_codes":[{"code":"3002","system":"RXNORM","text":"cyclophosphamide"}],"due_at":"2026-11-29T17:29:39.000000Z","due_text":"20261129112939-0600","duration_min":"30","entered_by":{"id":"88213","name":"Nora Nurse","role":"RN"},"frequency":"ONCE","group":"PLAN5531","height_cm":"162","indication":"C50.911","instructions":[{"kind":"admin","text":"Infuse over 30 minutes. Hydrate well."},{"kind":"dispensing","text":"HAZARDOUS DRUG - USP 800"},{"kind":"note","text":"First dose of the day. BUD per pharmacy policy."}],"key":{"group":"","placer":"ORD7700123","placer_ns":"ONCEHR","sender":"ONCEHR|MAINHOSP"},"measured_at":"2026-11-28T16:29:39.000000Z","message_id":"M5CCZKT","others":[],"per_unit":"mg/m2","per_unit_dose":"600","prescriber":{"id":"1234567893","name":"Petra Prescriber","role":"MD"},"priority":"R","profile_version":1,"protocol":"AC-T","rate_ml_h":"597","received":[{"at":"RXE-2","field":"drug","text":"3002"},{"at":"RXE-3","field":"dose","text":"970"},{"at":"RXE-5","field":"dose_unit","text":"mg"},{"at":"RXC[1]-3","field":"components.1.amount","text":"250"},{"at":"RXC[2]-3","field":"components.2.amount","text":"970"},{"at":"RXC[2]-5","field":"components.2.concentration","text":"20"},{"at":"RXR-1","field":"route","text":"47625008"},{"at":"RXE-6","field":"container","text":"INF"},{"at":"TQ1-7","field":"due_at","text":"20261129112939-0600"},{"at":"RXE-23","field":"rate_ml_h","text":"597"},{"at":"TQ1-13","field":"duration_min","text":"30"},{"at":"RXE-10","field":"dispense_quantity","text":"1"},{"at":"ZCH-4","field":"per_unit_dose","text":"600"},{"at":"ZCH-6","field":"bsa_m2","text":"1.62"},{"at":"ZCH-7","field":"reduction_percent","text":"0"}],"reduction_percent":"0","route":"IV","source":"hl7v2","status":"active","strength":"","total_volume_ml":"298.5","verified_by":{"id":"44120","name":"Pam Pharmacist","role":"PharmD"},"version":1,"weight_kg":"58.0"},"patient":"12JAA7QV6Z02298Z","patient_digest":"e8701a40831e41a32546849b14798f5d4b190296fc88a38695bda188f3ef317e"},"kind":"order_created","preparation":"site/MAIN","second_person":null,"shape":1,"site":"MAIN","software":"vialtrace 0.1.0","station":null,"version":1,"who":"system:interface"}','system:interface',NULL,'2026-11-29T16:29:39.149080Z',NULL,'1MQFX2BEEKZ5CN9ZZ32EEQ6TK3',0,X'A9F0A63B8FEA3426E5954E7FCAD7581293992D9553EDEB8B38969060DDE13919','MAIN',1,X'D2C0BB33AB325953241A6A277725006580394C654706E83E27105A7CD1C55F77');
INSERT INTO "event" VALUES(2,'KWPKQZH2',1,'opened',1,'{"at":"2026-11-29T16:29:39.149080Z","command_id":"R0J9KQ00V10NKBRCBXZ57X2C5Q","data":{"order":{"actives":[{"amount":"970","code":{"code":"CYCLO-20","system":"L","text":"cyclophosphamide 20 mg/mL reconstituted"},"concentration":"20 mg/mL","drug":"cyclophosphamide","unit":"mg"}],"base":{"code":{"code":"D5W-250","system":"L","text":"Dextrose 5% in water 250 mL bag"},"fluid":"dextrose 5 %","overfill":"unknown","qs":false,"volume_ml":"250"},"bsa_m2":"1.62","bsa_method":"MOSTELLER","changed_at":"2026-11-29T16:26:39.000000Z","container":"bag","control":"NW","cycle":3,"day":1,"dispense_quantity":"1","dispense_unit":"BAG","dose":"970","dose_no":null,"dose_unit":"mg","doses_total":1,"drug":"cyclophosphamide","drug_codes":[{"code":"3002","system":"RXNORM","text":"cyclophosphamide"}],"due_at":"2026-11-29T17:29:39.000000Z","due_text":"20261129112939-0600","duration_min":"30","entered_by":{"id":"88213","name":"Nora Nurse","role":"RN"},"frequency":"ONCE","group":"PLAN5531","height_cm":"162","indication":"C50.911","instructions":[{"kind":"admin","text":"Infuse over 30 minutes. Hydrate well."},{"kind":"dispensing","text":"HAZARDOUS DRUG - USP 800"},{"kind":"note","text":"First dose of the day. BUD per pharmacy policy."}],"key":{"group":"","placer":"ORD7700123","placer_ns":"ONCEHR","sender":"ONCEHR|MAINHOSP"},"measured_at":"2026-11-28T16:29:39.000000Z","message_id":"M5CCZKT","others":[],"per_unit":"mg/m2","per_unit_dose":"600","prescriber":{"id":"1234567893","name":"Petra Prescriber","role":"MD"},"priority":"R","profile_version":1,"protocol":"AC-T","rate_ml_h":"597","received":[{"at":"RXE-2","field":"drug","text":"3002"},{"at":"RXE-3","field":"dose","text":"970"},{"at":"RXE-5","field":"dose_unit","text":"mg"},{"at":"RXC[1]-3","field":"components.1.amount","text":"250"},{"at":"RXC[2]-3","field":"components.2.amount","text":"970"},{"at":"RXC[2]-5","field":"components.2.concentration","text":"20"},{"at":"RXR-1","field":"route","text":"47625008"},{"at":"RXE-6","field":"container","text":"INF"},{"at":"TQ1-7","field":"due_at","text":"20261129112939-0600"},{"at":"RXE-23","field":"rate_ml_h","text":"597"},{"at":"TQ1-13","field":"duration_min","text":"30"},{"at":"RXE-10","field":"dispense_quantity","text":"1"},{"at":"ZCH-4","field":"per_unit_dose","text":"600"},{"at":"ZCH-6","field":"bsa_m2","text":"1.62"},{"at":"ZCH-7","field":"reduction_percent","text":"0"}],"reduction_percent":"0","route":"IV","source":"hl7v2","status":"active","strength":"","total_volume_ml":"298.5","verified_by":{"id":"44120","name":"Pam Pharmacist","role":"PharmD"},"version":1,"weight_kg":"58.0"},"patient":"12JAA7QV6Z02298Z","patient_digest":"e8701a40831e41a32546849b14798f5d4b190296fc88a38695bda188f3ef317e","plan":{"base":"dextrose 5 %","base_ml":"250","devices":["vial adaptor","vial adaptor","syringe connector","syringe connector","bag adaptor"],"diluent":{"expected_g":"25.1150","high_g":"26.370750","low_g":"23.859250","tolerance":"0.05","volume_ml":"25"},"draw":{"expected_g":"24.46825","high_g":"25.6916625","low_g":"23.2448375","tolerance":"0.05","volume_ml":"24.25"},"final_mg_ml":"3.249581239530988274706867672","gain":{"expected_g":"48.9365","high_g":"51.383325","low_g":"46.489675","tolerance":"0.05","volume_ml":"48.5"},"ordered_mg":"970","prescribed_mg":"970","syringes_ml":["35","35"],"vials":2,"vials_ml":"50","volume_ml":"48.5"},"policy":{"bands":[{"above_ml":"2","tolerance":"0.05"},{"above_ml":"0.5","tolerance":"0.08"},{"above_ml":"0","tolerance":null}],"competencies":["HD-STERILE","GRAV","CSTD"],"cstd":true,"dispensed_ceiling":"0.10","dose_tolerance":"0.05","glove_minutes":30,"gown_minutes":120,"max_attempts":3,"pair_minutes":30,"photos":["staged","syringes","empty vials","final"],"ppe":["inner chemotherapy gloves","outer sterile chemotherapy gloves","gown","hair cover","mask","two pairs of shoe covers"],"signed_by":["Pam Pharmacist","Quin Pharmacist"],"syringes_ml":["1","3","5","10","20","35","60"],"version":1,"weigh_gate":"0.005","zone":"America/Chicago"},"recipe":{"bag":"","bases":["dextrose 5 %"],"concentration_mg_ml":"20","cstd_brand":"","density":{"basis":"measured","confirmed":true,"g_per_ml":"1.009","uncertainty_g_per_ml":"0.0005"},"drug":"cyclophosphamide","final_max_mg_ml":null,"final_min_mg_ml":"2","hazardous":true,"hold":false,"items":["cyclophosphamide-500mg-powder"],"light_protect":false,"name":"cyclophosphamide-20-bag","narrow":false,"ndcs":["10019-955-01","10019-955-50"],"overfill":"ignore","printed_drug":"cyclophosphamide","reconstitution":{"diluent":"sodium chloride 0.9 %","diluent_density":{"basis":"measured","confirmed":true,"g_per_ml":"1.0046","uncertainty_g_per_ml":"0.0005"},"displacement_ml":null,"inspect":"dissolved and clear","mode":"A","tolerance":"0.05","volume_ml":"25"},"routes":["IV"],"signed_by":["Pam Pharmacist","Quin Pharmacist"],"single_dose":true,"stability_h":"24","storage":"20 to 25 °C","tolerance":null,"unconfirmed":[],"version":7,"vial_mg":"500","vial_ml":"25","vinca":false,"warnings":[],"waste_unit_mg":"5"},"replaces":"","workflow":"iv-bag-gravimetric","workflow_version":1},"kind":"opened","preparation":"KWPKQZH2","second_person":null,"shape":1,"site":"MAIN","software":"vialtrace 0.1.0","station":null,"version":1,"who":"system:interface"}','system:interface',NULL,'2026-11-29T16:29:39.149080Z',NULL,'R0J9KQ00V10NKBRCBXZ57X2C5Q',0,X'B6B803DD9248A6BA635D6DB93116D41DB4EC631DBD219A5A251D03D16540A9BF','MAIN',2,X'FC1E53E1A4BD3DBDA4B4D91BAB11118F5DE379D96C7F4B18E9F1F42014CF619A');
INSERT INTO "event" VALUES(3,'KWPKQZH2',2,'accepted',1,'{"at":"2026-11-29T16:29:40.181032Z","command_id":"6N24NQ0H267FE9919PV7ATJN2M","data":{"evidence":{"accepts":[],"components":2,"kind":"signature","licence":"RPH-1001","meaning":"order verified","method":"password","name":"Pam Q.","over":"b6b803dd9248a6ba635d6db93116d41db4ec631dbd219a5a251d03d16540a9bf","photos_seen":[]},"slot":"verify"},"kind":"accepted","preparation":"KWPKQZH2","second_person":null,"shape":1,"site":"MAIN","software":"vialtrace 0.1.0","station":null,"version":2,"who":"PAM00004"}','PAM00004',NULL,'2026-11-29T16:29:40.181032Z',NULL,'6N24NQ0H267FE9919PV7ATJN2M',0,X'45E9CDD30F56DB5BE1769BC6A513AC362E411FF2A2B8215C1DAFDC059B6CA8B0','MAIN',3,X'E98083041FBB7DEFC7143E9F232B4AA7E14DE18C24D1DE24E16F04819148D1AC');
CREATE TABLE lockout (
	subject TEXT NOT NULL, 
	wrong INTEGER NOT NULL, 
	until TEXT, 
	last_wrong TEXT, 
	CONSTRAINT pk_lockout PRIMARY KEY (subject)
)
 STRICT

;
INSERT INTO "lockout" VALUES('person:ANN00001',2,NULL,'2026-11-29T16:29:39.149080Z');
INSERT INTO "lockout" VALUES('station:HOOD-1',2,NULL,'2026-11-29T16:29:39.149080Z');
CREATE TABLE message (
	seq INTEGER NOT NULL, 
	sender TEXT NOT NULL, 
	control_id TEXT NOT NULL, 
	digest TEXT NOT NULL, 
	outcome TEXT NOT NULL, 
	reply TEXT NOT NULL, 
	at TEXT NOT NULL, 
	blob TEXT NOT NULL, 
	CONSTRAINT pk_message PRIMARY KEY (seq), 
	CONSTRAINT ck_message_outcome CHECK (outcome IN ('accepted', 'content', 'door')), 
	CONSTRAINT ck_message_counted CHECK (seq > 0)
)
 STRICT

;
INSERT INTO "message" VALUES(1,'ONCEHR|MAINHOSP','M5CCZKT','d54f90bcb8e13119a00092e75885406e33883d74fd86e4d6ac98bc6ad98961cb','accepted','MSH|^~\&|VIALTRACE|ONCRX|ONCEHR|MAINHOSP|20261129102939-0600||ACK^O11^ACK|X2TMA2AF|P|2.5.1||||||UNICODE UTF-8MSA|AA|M5CCZKT','2026-11-29T16:29:39.149080Z','36ac3968e68caa0931a5ebcdde9a16a36275069dc84bdbb288a4809900598966');
CREATE TABLE order_text (
	id TEXT NOT NULL, 
	digest TEXT NOT NULL, 
	salt TEXT, 
	fields TEXT, 
	CONSTRAINT pk_order_text PRIMARY KEY (id)
)
 STRICT

;
INSERT INTO "order_text" VALUES('12JAA7QV6Z02298Z','e8701a40831e41a32546849b14798f5d4b190296fc88a38695bda188f3ef317e','WdL45uX3nQIqjoHo5Sj2UQrwYaXbIY4d','{"allergies":[{"code":{"code":"7980","system":"RXNORM","text":"Penicillin G"},"reactions":["Anaphylaxis","Urticaria"],"severity":"SV","text":"Penicillin G"},{"code":{"code":"10831","system":"RXNORM","text":"Sulfamethoxazole / Trimethoprim"},"reactions":["Rash"],"severity":"MI","text":"Sulfamethoxazole / Trimethoprim"}],"authority":"MAINHOSP","birth_date":"1968-02-14","family":"Example","given":"Marta Jean","location":"INFCTR CH12 1 MAINHOSP","mrn":"10234567","other_ids":[{"authority":"USSSA","id":"987-65-4321","type":"SS"},{"authority":"MAINHOSP","id":"30056789","type":"AN"}],"sex":"F","visit":"V20260311"}');
CREATE TABLE ordered (
	"key" TEXT NOT NULL, 
	site TEXT NOT NULL, 
	body TEXT NOT NULL, 
	findings TEXT NOT NULL, 
	patient TEXT NOT NULL, 
	mrn TEXT NOT NULL, 
	preparation TEXT NOT NULL, 
	waits TEXT NOT NULL, 
	received_at TEXT NOT NULL, 
	message TEXT NOT NULL, 
	CONSTRAINT pk_ordered PRIMARY KEY ("key"), 
	CONSTRAINT fk_ordered_patient_order_text FOREIGN KEY(patient) REFERENCES order_text (id)
)
 STRICT

;
INSERT INTO "ordered" VALUES('ONCEHR|MAINHOSPORD7700123ONCEHR','MAIN','{"actives":[{"amount":"970","code":{"code":"CYCLO-20","system":"L","text":"cyclophosphamide 20 mg/mL reconstituted"},"concentration":"20 mg/mL","drug":"cyclophosphamide","unit":"mg"}],"base":{"code":{"code":"D5W-250","system":"L","text":"Dextrose 5% in water 250 mL bag"},"fluid":"dextrose 5 %","overfill":"unknown","qs":false,"volume_ml":"250"},"bsa_m2":"1.62","bsa_method":"MOSTELLER","changed_at":"2026-11-29T16:26:39.000000Z","container":"bag","control":"NW","cycle":3,"day":1,"dispense_quantity":"1","dispense_unit":"BAG","dose":"970","dose_no":null,"dose_unit":"mg","doses_total":1,"drug":"cyclophosphamide","drug_codes":[{"code":"3002","system":"RXNORM","text":"cyclophosphamide"}],"due_at":"2026-11-29T17:29:39.000000Z","due_text":"20261129112939-0600","duration_min":"30","entered_by":{"id":"88213","name":"Nora Nurse","role":"RN"},"frequency":"ONCE","group":"PLAN5531","height_cm":"162","indication":"C50.911","instructions":[{"kind":"admin","text":"Infuse over 30 minutes. Hydrate well."},{"kind":"dispensing","text":"HAZARDOUS DRUG - USP 800"},{"kind":"note","text":"First dose of the day. BUD per pharmacy policy."}],"key":{"group":"","placer":"ORD7700123","placer_ns":"ONCEHR","sender":"ONCEHR|MAINHOSP"},"measured_at":"2026-11-28T16:29:39.000000Z","message_id":"M5CCZKT","others":[],"per_unit":"mg/m2","per_unit_dose":"600","prescriber":{"id":"1234567893","name":"Petra Prescriber","role":"MD"},"priority":"R","profile_version":1,"protocol":"AC-T","rate_ml_h":"597","received":[{"at":"RXE-2","field":"drug","text":"3002"},{"at":"RXE-3","field":"dose","text":"970"},{"at":"RXE-5","field":"dose_unit","text":"mg"},{"at":"RXC[1]-3","field":"components.1.amount","text":"250"},{"at":"RXC[2]-3","field":"components.2.amount","text":"970"},{"at":"RXC[2]-5","field":"components.2.concentration","text":"20"},{"at":"RXR-1","field":"route","text":"47625008"},{"at":"RXE-6","field":"container","text":"INF"},{"at":"TQ1-7","field":"due_at","text":"20261129112939-0600"},{"at":"RXE-23","field":"rate_ml_h","text":"597"},{"at":"TQ1-13","field":"duration_min","text":"30"},{"at":"RXE-10","field":"dispense_quantity","text":"1"},{"at":"ZCH-4","field":"per_unit_dose","text":"600"},{"at":"ZCH-6","field":"bsa_m2","text":"1.62"},{"at":"ZCH-7","field":"reduction_percent","text":"0"}],"reduction_percent":"0","route":"IV","source":"hl7v2","status":"active","strength":"","total_volume_ml":"298.5","verified_by":{"id":"44120","name":"Pam Pharmacist","role":"PharmD"},"version":1,"weight_kg":"58.0"}','[]','12JAA7QV6Z02298Z','10234567','KWPKQZH2','','2026-11-29T16:29:39.149080Z','36ac3968e68caa0931a5ebcdde9a16a36275069dc84bdbb288a4809900598966');
CREATE TABLE outbox (
	id INTEGER NOT NULL, 
	kind TEXT NOT NULL, 
	lane TEXT NOT NULL, 
	payload TEXT NOT NULL, 
	status TEXT NOT NULL, 
	attempts INTEGER NOT NULL, 
	made_at TEXT NOT NULL, 
	due_at TEXT NOT NULL, 
	taken_by TEXT, 
	taken_until TEXT, 
	says TEXT NOT NULL, 
	command_id TEXT NOT NULL, 
	CONSTRAINT pk_outbox PRIMARY KEY (id), 
	CONSTRAINT ck_outbox_status CHECK (status IN ('waiting', 'taken', 'done', 'stuck', 'dismissed'))
)
 STRICT

;
CREATE TABLE package (
	gtin14 TEXT NOT NULL, 
	ndc TEXT NOT NULL, 
	item TEXT NOT NULL, 
	role TEXT NOT NULL, 
	text TEXT NOT NULL, 
	drug TEXT NOT NULL, 
	concentration_mg_ml TEXT, 
	amount_mg TEXT, 
	volume_ml TEXT, 
	fluid TEXT NOT NULL, 
	part TEXT NOT NULL, 
	level TEXT NOT NULL, 
	single_dose TEXT NOT NULL, 
	confirmed_by TEXT NOT NULL, 
	CONSTRAINT pk_package PRIMARY KEY (gtin14), 
	CONSTRAINT ck_package_role CHECK (role IN ('drug', 'diluent', 'base', 'device'))
)
 STRICT

;
INSERT INTO "package" VALUES('00310019955018','10019-955-01','cyclophosphamide-500mg-powder','drug','cyclophosphamide (CYTOXAN) 500 mg powder','cyclophosphamide','20','500',NULL,'','','outer','yes','pharmacy set-up');
INSERT INTO "package" VALUES('00310019955506','10019-955-50','cyclophosphamide-500mg-powder','drug','cyclophosphamide (CYTOXAN) 500 mg powder','cyclophosphamide','20','500',NULL,'','','inner','yes','pharmacy set-up');
INSERT INTO "package" VALUES('00310019944012','10019-944-01','cyclophosphamide-1g-powder','drug','cyclophosphamide (CYTOXAN) 1 g (record shows 1 g/50 mL) powder','cyclophosphamide','20','1000',NULL,'','','','yes','pharmacy set-up');
INSERT INTO "package" VALUES('00370436107803','70436-107-80','cyclophosphamide-2g-powder','drug','cyclophosphamide (CYTOXAN) 2 g powder','cyclophosphamide','20','2000',NULL,'','','','yes','pharmacy set-up');
INSERT INTO "package" VALUES('00307813529101','0781-3529-10','cyclophosphamide-1000mg-10ml','drug','cyclophosphamide (CYTOXAN) 1,000 mg/10 mL solution','cyclophosphamide','100','1000','10','','','outer','no','pharmacy set-up');
INSERT INTO "package" VALUES('00307813529705','0781-3529-70','cyclophosphamide-1000mg-10ml','drug','cyclophosphamide (CYTOXAN) 1,000 mg/10 mL solution','cyclophosphamide','100','1000','10','','','inner','no','pharmacy set-up');
INSERT INTO "package" VALUES('00303389779018','0338-9779-01','cyclophosphamide-200mg-ml','drug','cyclophosphamide (CYTOXAN) 200 mg/mL, 5 mL solution','cyclophosphamide','200','1000','5','','','','','pharmacy set-up');
INSERT INTO "package" VALUES('00372205061019','72205-061-01','paclitaxel-30mg-72205','drug','paclitaxel (TAXOL) 30 mg/5 mL solution','paclitaxel','6','30','5','','','','no','pharmacy set-up');
INSERT INTO "package" VALUES('00363323763169','63323-763-16','paclitaxel-100mg-63323','drug','paclitaxel (TAXOL) 100 mg/16.7 mL solution','paclitaxel','6','100','16.7','','','','no','pharmacy set-up');
INSERT INTO "package" VALUES('00363323763503','63323-763-50','paclitaxel-300mg-63323','drug','paclitaxel (TAXOL) 300 mg/50 mL solution','paclitaxel','6','300','50','','','','no','pharmacy set-up');
INSERT INTO "package" VALUES('00304803290010','0480-3290-01','nab-paclitaxel-100mg-teva','drug','paclitaxel protein-bound (ABRAXANE) 100 mg powder','paclitaxel protein-bound','5','100',NULL,'','','','yes','pharmacy set-up');
INSERT INTO "package" VALUES('00367457937502','67457-937-50','nab-paclitaxel-100mg-mylan','drug','paclitaxel protein-bound (ABRAXANE) 100 mg powder','paclitaxel protein-bound','5','100',NULL,'','','','yes','pharmacy set-up');
INSERT INTO "package" VALUES('00304090365019','0409-0365-01','docetaxel-160mg-8ml-hospira','drug','docetaxel (TAXOTERE) 160 mg/8 mL solution','docetaxel','20','160','8','','','','','pharmacy set-up');
INSERT INTO "package" VALUES('00366758050019','66758-050-01','docetaxel-10mg-ml-2ml-sandoz','drug','docetaxel (TAXOTERE) 20 mg/2 mL solution','docetaxel','10','20','2','','','','','pharmacy set-up');
INSERT INTO "package" VALUES('00366758050026','66758-050-02','docetaxel-10mg-ml-8ml-sandoz','drug','docetaxel (TAXOTERE) 80 mg/8 mL solution','docetaxel','10','80','8','','','','','pharmacy set-up');
INSERT INTO "package" VALUES('00366758050033','66758-050-03','docetaxel-10mg-ml-16ml-sandoz','drug','docetaxel (TAXOTERE) 160 mg/16 mL solution','docetaxel','10','160','16','','','','','pharmacy set-up');
INSERT INTO "package" VALUES('00316729267649','16729-267-64','docetaxel-80mg-4ml-accord','drug','docetaxel (TAXOTERE) 80 mg/4 mL solution','docetaxel','20','80','4','','','','no','pharmacy set-up');
INSERT INTO "package" VALUES('00368001524308','68001-524-30','fluorouracil-500mg-10ml','drug','fluorouracil (ADRUCIL) 500 mg/10 mL solution','fluorouracil','50','500','10','','','outer','yes','pharmacy set-up');
INSERT INTO "package" VALUES('00368001524285','68001-524-28','fluorouracil-500mg-10ml','drug','fluorouracil (ADRUCIL) 500 mg/10 mL solution','fluorouracil','50','500','10','','','inner','yes','pharmacy set-up');
INSERT INTO "package" VALUES('00363323117580','63323-117-58','fluorouracil-pbp-50ml','drug','fluorouracil (ADRUCIL) 2.5 g/50 mL solution','fluorouracil','50','2500','50','','','','no','pharmacy set-up');
INSERT INTO "package" VALUES('00363323117689','63323-117-68','fluorouracil-pbp-100ml','drug','fluorouracil (ADRUCIL) 5 g/100 mL solution','fluorouracil','50','5000','100','','','','no','pharmacy set-up');
INSERT INTO "package" VALUES('00361703339188','61703-339-18','carboplatin-5ml-hospira','drug','carboplatin (PARAPLATIN) 50 mg/5 mL solution','carboplatin','10','50','5','','','','no','pharmacy set-up');
INSERT INTO "package" VALUES('00361703339225','61703-339-22','carboplatin-15ml-hospira','drug','carboplatin (PARAPLATIN) 150 mg/15 mL solution','carboplatin','10','150','15','','','','no','pharmacy set-up');
INSERT INTO "package" VALUES('00361703339508','61703-339-50','carboplatin-45ml-hospira','drug','carboplatin (PARAPLATIN) 450 mg/45 mL solution','carboplatin','10','450','45','','','','no','pharmacy set-up');
INSERT INTO "package" VALUES('00363323172602','63323-172-60','carboplatin-60ml-fresenius','drug','carboplatin (PARAPLATIN) 600 mg/60 mL solution','carboplatin','10','600','60','','','','','pharmacy set-up');
INSERT INTO "package" VALUES('00307035747116','0703-5747-11','cisplatin-50ml-teva','drug','cisplatin (PLATINOL) 50 mg/50 mL solution','cisplatin','1','50','50','','','','no','pharmacy set-up');
INSERT INTO "package" VALUES('00325021233108','25021-233-10','oxaliplatin-10ml-sagent','drug','oxaliplatin (ELOXATIN) 50 mg/10 mL solution','oxaliplatin','5','50','10','','','','yes','pharmacy set-up');
INSERT INTO "package" VALUES('00325021233207','25021-233-20','oxaliplatin-20ml-sagent','drug','oxaliplatin (ELOXATIN) 100 mg/20 mL solution','oxaliplatin','5','100','20','','','','yes','pharmacy set-up');
INSERT INTO "package" VALUES('00307813317807','0781-3317-80','oxaliplatin-20ml-sandoz','drug','oxaliplatin (ELOXATIN) 100 mg/20 mL solution','oxaliplatin','5','100','20','','','','yes','pharmacy set-up');
INSERT INTO "package" VALUES('00304090185013','0409-0185-01','gemcitabine-solution-hospira','drug','gemcitabine (GEMZAR) 200 mg/5.26 mL solution','gemcitabine','38','200','5.26','','','','yes','pharmacy set-up');
INSERT INTO "package" VALUES('00363323883058','63323-883-05','doxorubicin-5ml-fresenius','drug','doxorubicin (ADRIAMYCIN) 10 mg/5 mL solution','doxorubicin','2','10','5','','','','yes','pharmacy set-up');
INSERT INTO "package" VALUES('00363323883102','63323-883-10','doxorubicin-10ml-fresenius','drug','doxorubicin (ADRIAMYCIN) 20 mg/10 mL solution','doxorubicin','2','20','10','','','','yes','pharmacy set-up');
INSERT INTO "package" VALUES('00363323883300','63323-883-30','doxorubicin-25ml-fresenius','drug','doxorubicin (ADRIAMYCIN) 50 mg/25 mL solution','doxorubicin','2','50','25','','','','yes','pharmacy set-up');
INSERT INTO "package" VALUES('00300690277028','0069-0277-02','doxorubicin-pfizer-0277','drug','doxorubicin (ADRIAMYCIN) 2 mg/mL solution','doxorubicin','2',NULL,NULL,'','','','','pharmacy set-up');
INSERT INTO "package" VALUES('00345963733603','45963-733-60','doxorubicin-100ml','drug','doxorubicin (ADRIAMYCIN) 200 mg/100 mL solution','doxorubicin','2','200','100','','','','no','pharmacy set-up');
INSERT INTO "package" VALUES('00361703309068','61703-309-06','vincristine-1ml','drug','vincristine 1 mg/1 mL solution','vincristine','1','1','1','','','','yes','pharmacy set-up');
INSERT INTO "package" VALUES('00361703309167','61703-309-16','vincristine-2ml','drug','vincristine 2 mg/2 mL solution','vincristine','1','2','2','','','','yes','pharmacy set-up');
INSERT INTO "package" VALUES('00363323104054','63323-104-05','etoposide-5ml-fresenius','drug','etoposide (TOPOSAR) 100 mg/5 mL solution','etoposide','20','100','5','','','','no','pharmacy set-up');
INSERT INTO "package" VALUES('00363323104252','63323-104-25','etoposide-25ml-fresenius','drug','etoposide (TOPOSAR) 500 mg/25 mL solution','etoposide','20','500','25','','','','no','pharmacy set-up');
INSERT INTO "package" VALUES('00368001265256','68001-265-25','etoposide-68001-265-25','drug','etoposide (TOPOSAR) 20 mg/mL solution','etoposide','20',NULL,NULL,'','','','no','pharmacy set-up');
INSERT INTO "package" VALUES('00368001265263','68001-265-26','etoposide-68001-265-26','drug','etoposide (TOPOSAR) 20 mg/mL solution','etoposide','20',NULL,NULL,'','','','no','pharmacy set-up');
INSERT INTO "package" VALUES('00368001265270','68001-265-27','etoposide-68001-265-27','drug','etoposide (TOPOSAR) 20 mg/mL solution','etoposide','20',NULL,NULL,'','','','no','pharmacy set-up');
INSERT INTO "package" VALUES('00300097529058','0009-7529-05','irinotecan-15ml','drug','irinotecan (CAMPTOSAR) 300 mg/15 mL solution','irinotecan','20','300','15','','','','yes','pharmacy set-up');
INSERT INTO "package" VALUES('00363323193522','63323-193-52','irinotecan-63323-193-52','drug','irinotecan (CAMPTOSAR) 20 mg/mL solution','irinotecan','20',NULL,NULL,'','','','yes','pharmacy set-up');
INSERT INTO "package" VALUES('00363323193553','63323-193-55','irinotecan-63323-193-55','drug','irinotecan (CAMPTOSAR) 20 mg/mL solution','irinotecan','20',NULL,NULL,'','','','yes','pharmacy set-up');
INSERT INTO "package" VALUES('00300027640013','0002-7640-01','pemetrexed-100mg','drug','pemetrexed (ALIMTA) 100 mg powder','pemetrexed','25','100',NULL,'','','','yes','pharmacy set-up');
INSERT INTO "package" VALUES('00360505605040','60505-6050-4','bortezomib-3.5mg-apotex','drug','bortezomib (VELCADE) 3.5 mg powder','bortezomib','1','3.5',NULL,'','','','yes','pharmacy set-up');
INSERT INTO "package" VALUES('00343598305622','43598-305-62','azacitidine-100mg-43598','drug','azacitidine (VIDAZA) 100 mg powder','azacitidine','10','100',NULL,'','','','yes','pharmacy set-up');
INSERT INTO "package" VALUES('00316729306102','16729-306-10','azacitidine-100mg-16729','drug','azacitidine (VIDAZA) 100 mg powder','azacitidine','10','100',NULL,'','','','yes','pharmacy set-up');
INSERT INTO "package" VALUES('00361703304360','61703-304-36','cytarabine-25ml','drug','cytarabine 500 mg/25 mL solution','cytarabine','20','500','25','','','','no','pharmacy set-up');
INSERT INTO "package" VALUES('00350242088015','50242-088-01','kadcyla-100mg','drug','ado-trastuzumab emtansine (KADCYLA) 100 mg powder','ado-trastuzumab emtansine','20','100',NULL,'','','','yes','pharmacy set-up');
INSERT INTO "package" VALUES('00363459103105','63459-103-10','truxima-10ml','drug','rituximab (TRUXIMA) 100 mg/10 mL solution','rituximab','10','100','10','','','','yes','pharmacy set-up');
INSERT INTO "package" VALUES('00355513326018','55513-326-01','riabni-50ml','drug','rituximab (RIABNI) 500 mg/50 mL solution','rituximab','10','500','50','','','','yes','pharmacy set-up');
INSERT INTO "package" VALUES('00383257001113','83257-001-11','ogivri-150mg','drug','trastuzumab (OGIVRI) 150 mg powder','trastuzumab','21','150',NULL,'','','','yes','pharmacy set-up');
INSERT INTO "package" VALUES('00378206147011','78206-147-01','ontruzant-150mg','drug','trastuzumab (ONTRUZANT) 150 mg powder','trastuzumab','21','150',NULL,'','','','yes','pharmacy set-up');
INSERT INTO "package" VALUES('00350242061018','50242-061-01','avastin-16ml','drug','bevacizumab (AVASTIN) 400 mg/16 mL solution','bevacizumab','25','400','16','','','','yes','pharmacy set-up');
INSERT INTO "package" VALUES('00300063026024','0006-3026-02','keytruda-4ml','drug','pembrolizumab (KEYTRUDA) 100 mg/4 mL solution','pembrolizumab','25','100','4','','','outer','yes','pharmacy set-up');
INSERT INTO "package" VALUES('00300063026048','0006-3026-04','keytruda-4ml','drug','pembrolizumab (KEYTRUDA) 100 mg/4 mL solution','pembrolizumab','25','100','4','','','outer','yes','pharmacy set-up');
INSERT INTO "package" VALUES('00300063026017','0006-3026-01','keytruda-4ml','drug','pembrolizumab (KEYTRUDA) 100 mg/4 mL solution','pembrolizumab','25','100','4','','','inner','yes','pharmacy set-up');
INSERT INTO "package" VALUES('00300033774122','0003-3774-12','opdivo-10ml','drug','nivolumab (OPDIVO) 100 mg/10 mL solution','nivolumab','10','100','10','','','','yes','pharmacy set-up');
INSERT INTO "package" VALUES('00300037125111','0003-7125-11','opdualag','drug','nivolumab and relatlimab (OPDUALAG)  solution','nivolumab and relatlimab',NULL,NULL,NULL,'','','','','pharmacy set-up');
INSERT INTO "package" VALUES('00300033120011','0003-3120-01','opdivo-qvantig','drug','nivolumab and hyaluronidase (OPDIVO QVANTIG)  solution','nivolumab and hyaluronidase',NULL,NULL,NULL,'','','','','pharmacy set-up');
INSERT INTO "package" VALUES('00303380049028','0338-0049-02','ns-250-baxter','base','sodium chloride 0.9 % 250 mL bag','',NULL,NULL,'250','sodium chloride 0.9 %','','','','pharmacy set-up');
INSERT INTO "package" VALUES('00303380049035','0338-0049-03','ns-500-baxter','base','sodium chloride 0.9 % 500 mL bag','',NULL,NULL,'500','sodium chloride 0.9 %','','','','pharmacy set-up');
INSERT INTO "package" VALUES('00303380017027','0338-0017-02','d5w-250-baxter','base','dextrose 5 % 250 mL bag','',NULL,NULL,'250','dextrose 5 %','','','','pharmacy set-up');
INSERT INTO "package" VALUES('00303380017034','0338-0017-03','d5w-500-baxter','base','dextrose 5 % 500 mL bag','',NULL,NULL,'500','dextrose 5 %','','','','pharmacy set-up');
INSERT INTO "package" VALUES('00302647800204','0264-7800-20','ns-250-excel','base','sodium chloride 0.9 % 250 mL bag (Excel)','',NULL,NULL,'250','sodium chloride 0.9 %','non-PVC','','','pharmacy set-up');
INSERT INTO "package" VALUES('00304094887104','0409-4887-10','swfi-10-hospira','diluent','sterile water for injection 10 mL vial','',NULL,NULL,'10','sterile water for injection','','','','pharmacy set-up');
INSERT INTO "package" VALUES('00304094887203','0409-4887-20','swfi-20-hospira','diluent','sterile water for injection 20 mL vial','',NULL,NULL,'20','sterile water for injection','','','','pharmacy set-up');
INSERT INTO "package" VALUES('00304094887500','0409-4887-50','swfi-50-hospira','diluent','sterile water for injection 50 mL vial','',NULL,NULL,'50','sterile water for injection','','','','pharmacy set-up');
INSERT INTO "package" VALUES('00304094888101','0409-4888-10','ns-10-hospira','diluent','sodium chloride 0.9 % 10 mL vial','',NULL,NULL,'10','sodium chloride 0.9 %','','','','pharmacy set-up');
INSERT INTO "package" VALUES('00304094888200','0409-4888-20','ns-20-hospira','diluent','sodium chloride 0.9 % 20 mL vial','',NULL,NULL,'20','sodium chloride 0.9 %','','','','pharmacy set-up');
INSERT INTO "package" VALUES('00304094888507','0409-4888-50','ns-50-hospira','diluent','sodium chloride 0.9 % 50 mL vial','',NULL,NULL,'50','sodium chloride 0.9 %','','','','pharmacy set-up');
INSERT INTO "package" VALUES('00860000000017','','vial-adaptor','device','Demosafe vial adaptor','',NULL,NULL,NULL,'','vial adaptor','','','pharmacy set-up');
INSERT INTO "package" VALUES('00860000000024','','syringe-connector','device','Demosafe syringe connector','',NULL,NULL,NULL,'','syringe connector','','','pharmacy set-up');
INSERT INTO "package" VALUES('00860000000031','','bag-adaptor','device','Demosafe bag adaptor','',NULL,NULL,NULL,'','bag adaptor','','','pharmacy set-up');
CREATE TABLE patient_now (
	mrn TEXT NOT NULL, 
	authority TEXT NOT NULL, 
	fields TEXT NOT NULL, 
	CONSTRAINT pk_patient_now PRIMARY KEY (mrn, authority)
)
 STRICT

;
INSERT INTO "patient_now" VALUES('10234567','MAINHOSP','{"allergies":[{"code":{"code":"7980","system":"RXNORM","text":"Penicillin G"},"reactions":["Anaphylaxis","Urticaria"],"severity":"SV","text":"Penicillin G"},{"code":{"code":"10831","system":"RXNORM","text":"Sulfamethoxazole / Trimethoprim"},"reactions":["Rash"],"severity":"MI","text":"Sulfamethoxazole / Trimethoprim"}],"authority":"MAINHOSP","birth_date":"1968-02-14","family":"Example","given":"Marta Jean","location":"INFCTR CH12 1 MAINHOSP","mrn":"10234567","other_ids":[{"authority":"USSSA","id":"987-65-4321","type":"SS"},{"authority":"MAINHOSP","id":"30056789","type":"AN"}],"sex":"F","visit":"V20260311"}');
CREATE TABLE person (
	id TEXT NOT NULL, 
	printed_name TEXT NOT NULL, 
	roles TEXT NOT NULL, 
	licence TEXT NOT NULL, 
	licence_states TEXT NOT NULL, 
	identity_checked_by TEXT NOT NULL, 
	active INTEGER NOT NULL, 
	since TEXT NOT NULL, 
	CONSTRAINT pk_person PRIMARY KEY (id), 
	CONSTRAINT ck_person_active CHECK (active IN (0, 1))
)
 STRICT

;
INSERT INTO "person" VALUES('ANN00001','Ann T.','technician','','','Human resources',1,'2026-11-29T16:29:39.149080Z');
INSERT INTO "person" VALUES('BB000002','Bo K.','technician','','','Human resources',1,'2026-11-29T16:29:39.149080Z');
INSERT INTO "person" VALUES('1EE00003','Lee M.','lead_technician','','','Human resources',1,'2026-11-29T16:29:39.149080Z');
INSERT INTO "person" VALUES('PAM00004','Pam Q.','pharmacist','RPH-1001','IL WI','Human resources',1,'2026-11-29T16:29:39.149080Z');
INSERT INTO "person" VALUES('QQN00005','Quin S.','pharmacist','RPH-1002','IL','Human resources',1,'2026-11-29T16:29:39.149080Z');
INSERT INTO "person" VALUES('XNA00006','Una V.','qa','','','Human resources',1,'2026-11-29T16:29:39.149080Z');
INSERT INTO "person" VALUES('ADA00007','Ada W.','admin','','','Human resources',1,'2026-11-29T16:29:39.149080Z');
CREATE TABLE person_history (
	seq INTEGER NOT NULL, 
	at TEXT NOT NULL, 
	"by" TEXT NOT NULL, 
	station TEXT NOT NULL, 
	person TEXT NOT NULL, 
	what TEXT NOT NULL, 
	body TEXT NOT NULL, 
	digest TEXT NOT NULL, 
	CONSTRAINT pk_person_history PRIMARY KEY (seq)
)
 STRICT

;
INSERT INTO "person_history" VALUES(1,'2026-11-29T16:29:39.149080Z','setup','','ANN00001','taken on','{"identity_checked_by":"Human resources","licence":"","name":"Ann T.","roles":["technician"],"user":"ann"}','9ce16f8e4f7f1e87e93962d2cfc8aa60a7a4a606b7487f4508f6b3e65676152b');
INSERT INTO "person_history" VALUES(2,'2026-11-29T16:29:39.149080Z','setup','','ANN00001','badge given','{"badge":"ANN00001"}','5d67fad6f353f453f7f069f0bbf482e25aa8f5f86833cbca0318c48a97209ed6');
INSERT INTO "person_history" VALUES(3,'2026-11-29T16:29:39.149080Z','setup','','ANN00001','competency','{"code":"HD-STERILE","until":"2027-11-29T16:29:39.149080+00:00"}','c56fe74e19a244cc591ef53befc2b0239f3cf82a0c5d089def45d71ad118fac2');
INSERT INTO "person_history" VALUES(4,'2026-11-29T16:29:39.149080Z','setup','','ANN00001','competency','{"code":"GRAV","until":"2027-11-29T16:29:39.149080+00:00"}','c0f002b4287f5f9d26636f55d0754cdd5d781836ab6cfa35344e6e5a2a3e8562');
INSERT INTO "person_history" VALUES(5,'2026-11-29T16:29:39.149080Z','setup','','ANN00001','competency','{"code":"CALC","until":"2027-11-29T16:29:39.149080+00:00"}','612e8e2186ad8ba0a68f457222b28d01e693a04ced5317d30f7989282cabb349');
INSERT INTO "person_history" VALUES(6,'2026-11-29T16:29:39.149080Z','setup','','ANN00001','competency','{"code":"SPILL","until":"2027-11-29T16:29:39.149080+00:00"}','abdd29acacd8506e99507703236170e16690ad74c7039637c394c3400d98f8b5');
INSERT INTO "person_history" VALUES(7,'2026-11-29T16:29:39.149080Z','setup','','BB000002','taken on','{"identity_checked_by":"Human resources","licence":"","name":"Bo K.","roles":["technician"],"user":"bo"}','4926bd3b15b25eb8282bf1c569ff2e8fdb59540e2f34994cfd0d60468cfb4ee6');
INSERT INTO "person_history" VALUES(8,'2026-11-29T16:29:39.149080Z','setup','','BB000002','badge given','{"badge":"BB000002"}','b9ad113b1c1c16a4e0c34336fc14c6ef21d9c63dfab915c8b45f87e3b6bef267');
INSERT INTO "person_history" VALUES(9,'2026-11-29T16:29:39.149080Z','setup','','BB000002','competency','{"code":"HD-STERILE","until":"2027-11-29T16:29:39.149080+00:00"}','b582ab9c1edeb97191534a1b2ed9bc42a6012554a1c49900b4cc381b9b409c29');
INSERT INTO "person_history" VALUES(10,'2026-11-29T16:29:39.149080Z','setup','','BB000002','competency','{"code":"GRAV","until":"2027-11-29T16:29:39.149080+00:00"}','59d9b0aa763208fb0763898ff09e28960500feab1a8c80bff198b269404da0fe');
INSERT INTO "person_history" VALUES(11,'2026-11-29T16:29:39.149080Z','setup','','BB000002','competency','{"code":"CALC","until":"2027-11-29T16:29:39.149080+00:00"}','3592cc6343f7d576b21d3a0c37e05c411f293cb460cd0a98c051cd682c4e71f8');
INSERT INTO "person_history" VALUES(12,'2026-11-29T16:29:39.149080Z','setup','','BB000002','competency','{"code":"SPILL","until":"2027-11-29T16:29:39.149080+00:00"}','6f02213121e717feabd693b66b96b9196c692c4b1a2eb44f695cea8db2c91ec9');
INSERT INTO "person_history" VALUES(13,'2026-11-29T16:29:39.149080Z','setup','','1EE00003','taken on','{"identity_checked_by":"Human resources","licence":"","name":"Lee M.","roles":["lead_technician"],"user":"lee"}','9f9df1a5a8601f91bdbc1959b4cab322c07e1a598a44f17159b9a9ad903e3c5d');
INSERT INTO "person_history" VALUES(14,'2026-11-29T16:29:39.149080Z','setup','','1EE00003','badge given','{"badge":"1EE00003"}','d356fe6aa51cfc22e39348068d1b9b366baeaca5a49ec13c890b0a2449912dfd');
INSERT INTO "person_history" VALUES(15,'2026-11-29T16:29:39.149080Z','setup','','1EE00003','competency','{"code":"HD-STERILE","until":"2027-11-29T16:29:39.149080+00:00"}','e5ca6492c30a05e28a8664ce9a91931a9def3406274f882fa2f59f67789c57a1');
INSERT INTO "person_history" VALUES(16,'2026-11-29T16:29:39.149080Z','setup','','1EE00003','competency','{"code":"GRAV","until":"2027-11-29T16:29:39.149080+00:00"}','fa911cb65f628ebb0dc913d5e243cf83f210b06503371fd0229446698786e88e');
INSERT INTO "person_history" VALUES(17,'2026-11-29T16:29:39.149080Z','setup','','1EE00003','competency','{"code":"CALC","until":"2027-11-29T16:29:39.149080+00:00"}','b42aa8d7ae870b4f82ef5a4c7beaed0f0a8e798612e7bc4efafd50d596b4c6a0');
INSERT INTO "person_history" VALUES(18,'2026-11-29T16:29:39.149080Z','setup','','1EE00003','competency','{"code":"SPILL","until":"2027-11-29T16:29:39.149080+00:00"}','60ebb19ae87e0b6bf312337e1b0139e91e03d7d36ca45e37998c74a2673e598f');
INSERT INTO "person_history" VALUES(19,'2026-11-29T16:29:39.149080Z','setup','','PAM00004','taken on','{"identity_checked_by":"Human resources","licence":"RPH-1001","name":"Pam Q.","roles":["pharmacist"],"user":"pam"}','fc1f473a03b5d3081d92961d8848de20c177284d13535722f63e5cc4d8c7a97e');
INSERT INTO "person_history" VALUES(20,'2026-11-29T16:29:39.149080Z','setup','','PAM00004','badge given','{"badge":"PAM00004"}','7ca73d2f92bb8fba4e4dcb3259c598e80a48a313772d6130eec47257a016229e');
INSERT INTO "person_history" VALUES(21,'2026-11-29T16:29:39.149080Z','setup','','PAM00004','competency','{"code":"HD-STERILE","until":"2027-11-29T16:29:39.149080+00:00"}','7ca2b272b05cc67600738d378447507f83894d20cce25873292b8d0479b1541d');
INSERT INTO "person_history" VALUES(22,'2026-11-29T16:29:39.149080Z','setup','','PAM00004','competency','{"code":"GRAV","until":"2027-11-29T16:29:39.149080+00:00"}','eca1aaae4c7ac833f295f6ac361896004f49cb61fa5181170a00f46c5f9c0463');
INSERT INTO "person_history" VALUES(23,'2026-11-29T16:29:39.149080Z','setup','','PAM00004','competency','{"code":"CALC","until":"2027-11-29T16:29:39.149080+00:00"}','4bc3addd45057f036c67ff6b4ef8e0f786ff6ecc1cf8b26e600a27ace677fa36');
INSERT INTO "person_history" VALUES(24,'2026-11-29T16:29:39.149080Z','setup','','PAM00004','competency','{"code":"SPILL","until":"2027-11-29T16:29:39.149080+00:00"}','49a808ac93ef4e92837f04dc7751d3b7a067b32774d161ac69651bd15e9e5aa1');
INSERT INTO "person_history" VALUES(25,'2026-11-29T16:29:39.149080Z','setup','','QQN00005','taken on','{"identity_checked_by":"Human resources","licence":"RPH-1002","name":"Quin S.","roles":["pharmacist"],"user":"quin"}','db7ee6c85b7da90c594a17723ee9ea5308bac2835bc1004d8e5efeea7fe500b1');
INSERT INTO "person_history" VALUES(26,'2026-11-29T16:29:39.149080Z','setup','','QQN00005','badge given','{"badge":"QQN00005"}','f5785d003eafcbd77bebadc256aae4f54a302d3a16a2b11c57b0c98a257175dd');
INSERT INTO "person_history" VALUES(27,'2026-11-29T16:29:39.149080Z','setup','','QQN00005','competency','{"code":"HD-STERILE","until":"2027-11-29T16:29:39.149080+00:00"}','2453770b6c7eb52186685aa9676b529e26db56c48ebd7cda7a60af1d88a995a8');
INSERT INTO "person_history" VALUES(28,'2026-11-29T16:29:39.149080Z','setup','','QQN00005','competency','{"code":"GRAV","until":"2027-11-29T16:29:39.149080+00:00"}','c8e664886c6a6277d34d4d25dba30d00767d1dba70c630a6b1fb67662da8ae0b');
INSERT INTO "person_history" VALUES(29,'2026-11-29T16:29:39.149080Z','setup','','QQN00005','competency','{"code":"CALC","until":"2027-11-29T16:29:39.149080+00:00"}','e1b74bdb16980217ca2f5c3ab8aeab773dcb252120faf8c35595630cbd45d7f2');
INSERT INTO "person_history" VALUES(30,'2026-11-29T16:29:39.149080Z','setup','','QQN00005','competency','{"code":"SPILL","until":"2027-11-29T16:29:39.149080+00:00"}','1673656a89a19dcf4de3a368f1990aba9caaf377b365b909db80b576172470b3');
INSERT INTO "person_history" VALUES(31,'2026-11-29T16:29:39.149080Z','setup','','XNA00006','taken on','{"identity_checked_by":"Human resources","licence":"","name":"Una V.","roles":["qa"],"user":"una"}','7aa42e209f569e58c4e3efbf225152721b4b538a61fbabaab9045189a32d1ac4');
INSERT INTO "person_history" VALUES(32,'2026-11-29T16:29:39.149080Z','setup','','XNA00006','competency','{"code":"HD-STERILE","until":"2027-11-29T16:29:39.149080+00:00"}','aca7d05ce475d7689be61f222cb20e784f53751745e1e676a0ab1b16af8b578b');
INSERT INTO "person_history" VALUES(33,'2026-11-29T16:29:39.149080Z','setup','','XNA00006','competency','{"code":"GRAV","until":"2027-11-29T16:29:39.149080+00:00"}','35984316fc8616bf95100a7cbc88389f8cacdb8e8b754b1fde5c938b9465e11b');
INSERT INTO "person_history" VALUES(34,'2026-11-29T16:29:39.149080Z','setup','','XNA00006','competency','{"code":"CALC","until":"2027-11-29T16:29:39.149080+00:00"}','c37c9c31fab6335a45843a556611aa7daa026d646d74b11081a9c1036f1132b6');
INSERT INTO "person_history" VALUES(35,'2026-11-29T16:29:39.149080Z','setup','','XNA00006','competency','{"code":"SPILL","until":"2027-11-29T16:29:39.149080+00:00"}','89c1c999f38b2b7b7dc1eb688b8c769784d49ca92aebc7d957eeb15ee0d99a9a');
INSERT INTO "person_history" VALUES(36,'2026-11-29T16:29:39.149080Z','setup','','ADA00007','taken on','{"identity_checked_by":"Human resources","licence":"","name":"Ada W.","roles":["admin"],"user":"ada"}','4d492b1ee0b76b7242453ab162e27d9f6070ca16cbdb534833c49d67f9b33ceb');
INSERT INTO "person_history" VALUES(37,'2026-11-29T16:29:39.149080Z','setup','','ADA00007','competency','{"code":"HD-STERILE","until":"2027-11-29T16:29:39.149080+00:00"}','bd6c8c65814d5c73050f882bfe886765f620dbff76231d018f7604df5c4884bb');
INSERT INTO "person_history" VALUES(38,'2026-11-29T16:29:39.149080Z','setup','','ADA00007','competency','{"code":"GRAV","until":"2027-11-29T16:29:39.149080+00:00"}','b8dcc5e40762fc1a109cb7c9045946419620e621b857f6fec44e11849df39868');
INSERT INTO "person_history" VALUES(39,'2026-11-29T16:29:39.149080Z','setup','','ADA00007','competency','{"code":"CALC","until":"2027-11-29T16:29:39.149080+00:00"}','58a9d9b7d92fa3265c1873a39687e442bf1679426fe0dad00bc5d36420bb717d');
INSERT INTO "person_history" VALUES(40,'2026-11-29T16:29:39.149080Z','setup','','ADA00007','competency','{"code":"SPILL","until":"2027-11-29T16:29:39.149080+00:00"}','d1569d39255e3fc45c2ddac17e0fa3571c6ddf31009c69c68834b46126ef61e6');
INSERT INTO "person_history" VALUES(41,'2026-11-29T16:29:39.149080Z','setup','','ANN00001','pin set','{"must_change":false}','985ed442a5a2559cc8685d20c683e4a621d5cd5bc32b1d8a7bd4b3d961e2fc5d');
INSERT INTO "person_history" VALUES(42,'2026-11-29T16:29:39.149080Z','setup','','ANN00001','password set','{"must_change":false}','80d0b0de058f2a2167de13af0465fbe72c362cef03bc43783d65ff3f35632764');
INSERT INTO "person_history" VALUES(43,'2026-11-29T16:29:39.149080Z','setup','','BB000002','pin set','{"must_change":false}','e77144065b1a79a072693516223090ee5071e40b0cb005f311421823d8c24c33');
INSERT INTO "person_history" VALUES(44,'2026-11-29T16:29:39.149080Z','setup','','BB000002','password set','{"must_change":false}','438b5c2cce297de099cbfa163cf44e55c530c346f9ea94f999ad4143a4b7205f');
INSERT INTO "person_history" VALUES(45,'2026-11-29T16:29:39.149080Z','setup','','1EE00003','pin set','{"must_change":false}','48d22dc2b09600a40e278f71b59810baf0c9ba9d24c7366af864f79e5bf1f4af');
INSERT INTO "person_history" VALUES(46,'2026-11-29T16:29:39.149080Z','setup','','1EE00003','password set','{"must_change":false}','0ad6bee10d605f3121273822135b7a3331e6e0b07bd512cef5b773f53b145d6a');
INSERT INTO "person_history" VALUES(47,'2026-11-29T16:29:39.149080Z','setup','','PAM00004','pin set','{"must_change":false}','6a51d3b870bddcc88d2da1c4eb7449e8e7f14f45c581b54de89b3f41ec360936');
INSERT INTO "person_history" VALUES(48,'2026-11-29T16:29:39.149080Z','setup','','PAM00004','password set','{"must_change":false}','6c368fd81136663f05e4f071b9e91e403f3b61aa9691b2a783844fdf14881b97');
INSERT INTO "person_history" VALUES(49,'2026-11-29T16:29:39.149080Z','setup','','QQN00005','pin set','{"must_change":false}','3b4238f2abda2e825395eb47b2ee03c2bb6ef3e1cbf47b1e558860c2cd965389');
INSERT INTO "person_history" VALUES(50,'2026-11-29T16:29:39.149080Z','setup','','QQN00005','password set','{"must_change":false}','a81f5137d186f5ced68f2281e3bb08432971b5c09ec65634226b8e360bb0f752');
INSERT INTO "person_history" VALUES(51,'2026-11-29T16:29:39.149080Z','setup','','XNA00006','password set','{"must_change":false}','c0ed01cb933c04e75b01b747c33135d0328eb4955ecc62ed490d77e287355cbf');
INSERT INTO "person_history" VALUES(52,'2026-11-29T16:29:39.149080Z','setup','','ADA00007','password set','{"must_change":false}','cc475082c98706f72b41ef2672b15e6d5bf9cb1904940812bcaf0ad93174229b');
INSERT INTO "person_history" VALUES(53,'2026-11-29T16:29:39.149080Z','setup','','ANN00001','competency','{"code":"HD-STERILE","until":"2027-02-27T16:29:39.149080+00:00"}','81c3a7b8da4231ca76bf8e0d70d65b91e69218d6639a695175d92130cd27e4bc');
INSERT INTO "person_history" VALUES(54,'2026-11-29T16:29:39.149080Z','setup','','ANN00001','competency','{"code":"GRAV","until":"2027-02-27T16:29:39.149080+00:00"}','2f049ab4e90bd0285fd7e9dd41dc2d9bc5f9c96b12ccaeae0e6bf674cc3113aa');
INSERT INTO "person_history" VALUES(55,'2026-11-29T16:29:39.149080Z','setup','','ANN00001','competency','{"code":"CSTD","until":"2027-02-27T16:29:39.149080+00:00"}','fd1c62ddd208cb4961cbeec13b7c41c3b90af6006ee758da2cb36de80e75dd58');
INSERT INTO "person_history" VALUES(56,'2026-11-29T16:29:39.149080Z','setup','','BB000002','competency','{"code":"HD-STERILE","until":"2027-02-27T16:29:39.149080+00:00"}','0645d2fbfe0d28d4c4cc471726dff4a8f6635ce63d42baa854d59af47fb91c20');
INSERT INTO "person_history" VALUES(57,'2026-11-29T16:29:39.149080Z','setup','','BB000002','competency','{"code":"GRAV","until":"2027-02-27T16:29:39.149080+00:00"}','9254c2bbcb7f732122debb82fc13b90a60fe7adbfd449cb5d11fe6dc421e0b50');
INSERT INTO "person_history" VALUES(58,'2026-11-29T16:29:39.149080Z','setup','','BB000002','competency','{"code":"CSTD","until":"2027-02-27T16:29:39.149080+00:00"}','2be362dfcd3c47ab41541eedef4ca090cbe25b45716fd4a7235972efd0035f71');
INSERT INTO "person_history" VALUES(59,'2026-11-29T16:29:39.149080Z','setup','','1EE00003','competency','{"code":"HD-STERILE","until":"2027-02-27T16:29:39.149080+00:00"}','a9d73943c1af2ef754d66e52fcb00e47d264af392593c22befb14d6d71e52c7c');
INSERT INTO "person_history" VALUES(60,'2026-11-29T16:29:39.149080Z','setup','','1EE00003','competency','{"code":"GRAV","until":"2027-02-27T16:29:39.149080+00:00"}','c53f73a24d4a0143febba7fc7fd063ee8564ba10650476ad0078ef51c24f1d5a');
INSERT INTO "person_history" VALUES(61,'2026-11-29T16:29:39.149080Z','setup','','1EE00003','competency','{"code":"CSTD","until":"2027-02-27T16:29:39.149080+00:00"}','8405d2495f56bfd753ff800fd3b0a595516d54697449469f04203351a8f665ed');
INSERT INTO "person_history" VALUES(62,'2026-11-29T16:29:39.149080Z','setup','','PAM00004','competency','{"code":"HD-STERILE","until":"2027-02-27T16:29:39.149080+00:00"}','e43c994687a0bfe6bd87c4187a483a9e19af0f3a9d657bb5630785e64dc1e506');
INSERT INTO "person_history" VALUES(63,'2026-11-29T16:29:39.149080Z','setup','','PAM00004','competency','{"code":"GRAV","until":"2027-02-27T16:29:39.149080+00:00"}','5533ebd6044c46b727da07a72912efa9691111b31d500d40ad8cfc04fc1c051a');
INSERT INTO "person_history" VALUES(64,'2026-11-29T16:29:39.149080Z','setup','','PAM00004','competency','{"code":"CSTD","until":"2027-02-27T16:29:39.149080+00:00"}','64008881ba5292c85c4b1fb62e352f13637522dee0ec04f53f69c69ef4cc9a50');
INSERT INTO "person_history" VALUES(65,'2026-11-29T16:29:39.149080Z','setup','','QQN00005','competency','{"code":"HD-STERILE","until":"2027-02-27T16:29:39.149080+00:00"}','e145a5ea7da9787630c19bc65d52dee13e10fccd8fdb9072054efe918c1deae3');
INSERT INTO "person_history" VALUES(66,'2026-11-29T16:29:39.149080Z','setup','','QQN00005','competency','{"code":"GRAV","until":"2027-02-27T16:29:39.149080+00:00"}','c7e19af08b0e15565594c17717c68233b7a9f42bc890ec10bcbe5325506b15ff');
INSERT INTO "person_history" VALUES(67,'2026-11-29T16:29:39.149080Z','setup','','QQN00005','competency','{"code":"CSTD","until":"2027-02-27T16:29:39.149080+00:00"}','e47b16890c3f5e91034945047cfaf40451402cb10896a492a3c5c3c4eb3e05b6');
INSERT INTO "person_history" VALUES(68,'2026-11-29T16:29:39.149080Z','setup','','XNA00006','competency','{"code":"HD-STERILE","until":"2027-02-27T16:29:39.149080+00:00"}','4a55a6ce23301e8264b47613c8bfa1094cd727304c885773a3f70466f5387fc9');
INSERT INTO "person_history" VALUES(69,'2026-11-29T16:29:39.149080Z','setup','','XNA00006','competency','{"code":"GRAV","until":"2027-02-27T16:29:39.149080+00:00"}','cf1b8b7a5d5dfd007b54431ec9b6160884a586f22dfa9fc972bf0e7a9318a04d');
INSERT INTO "person_history" VALUES(70,'2026-11-29T16:29:39.149080Z','setup','','XNA00006','competency','{"code":"CSTD","until":"2027-02-27T16:29:39.149080+00:00"}','43d620b55059cfb19541b87c28c05f2e8e56e11986437a70ac9c76a6887f269f');
INSERT INTO "person_history" VALUES(71,'2026-11-29T16:29:39.149080Z','setup','','ADA00007','competency','{"code":"HD-STERILE","until":"2027-02-27T16:29:39.149080+00:00"}','7260e5b546418fbe531a2a0aa754c98b36b6dd89b6411f265a6e380fd45bbaa6');
INSERT INTO "person_history" VALUES(72,'2026-11-29T16:29:39.149080Z','setup','','ADA00007','competency','{"code":"GRAV","until":"2027-02-27T16:29:39.149080+00:00"}','591c081b6477ccced9411f41a842c6cd0031d82eb40e05967776065ddbe294f9');
INSERT INTO "person_history" VALUES(73,'2026-11-29T16:29:39.149080Z','setup','','ADA00007','competency','{"code":"CSTD","until":"2027-02-27T16:29:39.149080+00:00"}','b6a4699d8085a3eddced2fcefa29adceac4e1e992eeb62168c231cf8cb4772a5');
CREATE TABLE policy (
	seq INTEGER NOT NULL, 
	site TEXT NOT NULL, 
	version INTEGER NOT NULL, 
	body TEXT NOT NULL, 
	effective_from TEXT NOT NULL, 
	CONSTRAINT pk_policy PRIMARY KEY (seq), 
	CONSTRAINT ck_policy_counted CHECK (seq > 0 AND version > 0), 
	CONSTRAINT uq_policy_site_version UNIQUE (site, version)
)
 STRICT

;
INSERT INTO "policy" VALUES(1,'MAIN',1,'{"bands":[{"above_ml":"2","tolerance":"0.05"},{"above_ml":"0.5","tolerance":"0.08"},{"above_ml":"0","tolerance":null}],"competencies":["HD-STERILE","GRAV","CSTD"],"cstd":true,"dispensed_ceiling":"0.10","dose_tolerance":"0.05","glove_minutes":30,"gown_minutes":120,"max_attempts":3,"pair_minutes":30,"photos":["staged","syringes","empty vials","final"],"ppe":["inner chemotherapy gloves","outer sterile chemotherapy gloves","gown","hair cover","mask","two pairs of shoe covers"],"signed_by":["Pam Pharmacist","Quin Pharmacist"],"syringes_ml":["1","3","5","10","20","35","60"],"version":1,"weigh_gate":"0.005","zone":"America/Chicago"}','2026-11-28T16:29:39.149080Z');
CREATE TABLE preparation (
	id TEXT NOT NULL, 
	version INTEGER NOT NULL, 
	site TEXT NOT NULL, 
	workflow TEXT NOT NULL, 
	step TEXT NOT NULL, 
	status TEXT NOT NULL, 
	due TEXT, 
	priority TEXT NOT NULL, 
	station TEXT, 
	cabinet TEXT, 
	technician TEXT, 
	drug TEXT NOT NULL, 
	dose TEXT NOT NULL, 
	patient TEXT, 
	flags TEXT NOT NULL, 
	updated_site_seq INTEGER NOT NULL, 
	CONSTRAINT pk_preparation PRIMARY KEY (id), 
	CONSTRAINT fk_preparation_patient_order_text FOREIGN KEY(patient) REFERENCES order_text (id)
)
 STRICT

;
INSERT INTO "preparation" VALUES('KWPKQZH2',2,'MAIN','iv-bag-gravimetric/1','cabinet','ready','2026-11-29T17:29:39.000000Z','R',NULL,NULL,NULL,'cyclophosphamide','970 mg','12JAA7QV6Z02298Z','["hazardous"]',3);
CREATE TABLE printed_label (
	label TEXT NOT NULL, 
	copy INTEGER NOT NULL, 
	kind TEXT NOT NULL, 
	preparation TEXT NOT NULL, 
	CONSTRAINT pk_printed_label PRIMARY KEY (label, copy), 
	CONSTRAINT ck_printed_label_kind CHECK (kind IN ('in_process', 'final'))
)
 STRICT

;
CREATE TABLE purge (
	seq INTEGER NOT NULL, 
	what TEXT NOT NULL, 
	ref TEXT NOT NULL, 
	at TEXT NOT NULL, 
	who TEXT NOT NULL, 
	command_id TEXT NOT NULL, 
	digest BLOB NOT NULL, 
	CONSTRAINT pk_purge PRIMARY KEY (seq), 
	CONSTRAINT ck_purge_counted CHECK (seq > 0), 
	CONSTRAINT uq_purge_what_ref UNIQUE (what, ref)
)
 STRICT

;
CREATE TABLE recall (
	gtin14 TEXT NOT NULL, 
	lot TEXT NOT NULL, 
	reference TEXT NOT NULL, 
	at TEXT NOT NULL, 
	who TEXT NOT NULL, 
	CONSTRAINT pk_recall PRIMARY KEY (gtin14, lot)
)
 STRICT

;
CREATE TABLE receipt (
	seq INTEGER NOT NULL, 
	command_id TEXT NOT NULL, 
	person TEXT NOT NULL, 
	request_digest TEXT NOT NULL, 
	status INTEGER NOT NULL, 
	answer TEXT NOT NULL, 
	at TEXT NOT NULL, 
	digest BLOB NOT NULL, 
	CONSTRAINT pk_receipt PRIMARY KEY (seq), 
	CONSTRAINT ck_receipt_counted CHECK (seq > 0), 
	CONSTRAINT uq_receipt_command_id UNIQUE (command_id)
)
 STRICT

;
INSERT INTO "receipt" VALUES(1,'R0J9KQ00V10NKBRCBXZ57X2C5Q','system:interface','e81d3a4a9dce252b8bb21885bb582636d322338c1581fefbc2367570274a8428',200,'{"code":"","findings":[],"kind":"accepted","says":"","version":1}','2026-11-29T16:29:39.149080Z',X'2BE7B8C1329BBE13DB5040E53F052B85915903374DCC440047818BBD080BFC47');
INSERT INTO "receipt" VALUES(2,'6N24NQ0H267FE9919PV7ATJN2M','PAM00004','9097ab0f842505171ac07080e7dabb1128d9acb947df1d413cd087c5d50d2775',200,'{"code":"","findings":[],"kind":"accepted","says":"","version":2}','2026-11-29T16:29:40.181032Z',X'D80DCD39D5FF1E35F3DE0CF0453857733E03ABC8DD5F5D5E01F02B63CF213E72');
CREATE TABLE recipe (
	seq INTEGER NOT NULL, 
	name TEXT NOT NULL, 
	version INTEGER NOT NULL, 
	drug TEXT NOT NULL, 
	body TEXT NOT NULL, 
	effective_from TEXT NOT NULL, 
	CONSTRAINT pk_recipe PRIMARY KEY (seq), 
	CONSTRAINT ck_recipe_counted CHECK (seq > 0 AND version > 0), 
	CONSTRAINT uq_recipe_name_version UNIQUE (name, version)
)
 STRICT

;
INSERT INTO "recipe" VALUES(1,'cyclophosphamide-20-bag',7,'cyclophosphamide','{"bag":"","bases":["dextrose 5 %"],"concentration_mg_ml":"20","cstd_brand":"","density":{"basis":"measured","confirmed":true,"g_per_ml":"1.009","uncertainty_g_per_ml":"0.0005"},"drug":"cyclophosphamide","final_max_mg_ml":null,"final_min_mg_ml":"2","hazardous":true,"hold":false,"items":["cyclophosphamide-500mg-powder"],"light_protect":false,"name":"cyclophosphamide-20-bag","narrow":false,"ndcs":["10019-955-01","10019-955-50"],"overfill":"ignore","printed_drug":"cyclophosphamide","reconstitution":{"diluent":"sodium chloride 0.9 %","diluent_density":{"basis":"measured","confirmed":true,"g_per_ml":"1.0046","uncertainty_g_per_ml":"0.0005"},"displacement_ml":null,"inspect":"dissolved and clear","mode":"A","tolerance":"0.05","volume_ml":"25"},"routes":["IV"],"signed_by":["Pam Pharmacist","Quin Pharmacist"],"single_dose":true,"stability_h":"24","storage":"20 to 25 °C","tolerance":null,"unconfirmed":[],"version":7,"vial_mg":"500","vial_ml":"25","vinca":false,"warnings":[],"waste_unit_mg":"5"}','2026-11-28T16:29:39.149080Z');
CREATE TABLE refusal (
	seq INTEGER NOT NULL, 
	site TEXT NOT NULL, 
	at TEXT NOT NULL, 
	who TEXT NOT NULL, 
	station TEXT, 
	stream TEXT, 
	command_id TEXT NOT NULL, 
	command TEXT NOT NULL, 
	code TEXT NOT NULL, 
	says TEXT NOT NULL, 
	details TEXT NOT NULL, 
	digest BLOB NOT NULL, 
	CONSTRAINT pk_refusal PRIMARY KEY (seq), 
	CONSTRAINT ck_refusal_counted CHECK (seq > 0)
)
 STRICT

;
CREATE TABLE review_claim (
	preparation TEXT NOT NULL, 
	person TEXT NOT NULL, 
	until TEXT NOT NULL, 
	CONSTRAINT pk_review_claim PRIMARY KEY (preparation), 
	CONSTRAINT fk_review_claim_person_person FOREIGN KEY(person) REFERENCES person (id)
)
 STRICT

;
CREATE TABLE running_head (
	name TEXT NOT NULL, 
	seq INTEGER NOT NULL, 
	digest BLOB NOT NULL, 
	CONSTRAINT pk_running_head PRIMARY KEY (name)
)
 STRICT

;
INSERT INTO "running_head" VALUES('blob',1,X'F99BDDE2411DB8037DF4089ADBDD83EDAB7A73F2E08BB36233AD4D8B695610E4');
INSERT INTO "running_head" VALUES('receipt',2,X'D80DCD39D5FF1E35F3DE0CF0453857733E03ABC8DD5F5D5E01F02B63CF213E72');
CREATE TABLE secret (
	person TEXT NOT NULL, 
	kind TEXT NOT NULL, 
	hash TEXT NOT NULL, 
	pepper TEXT NOT NULL, 
	since TEXT NOT NULL, 
	to_change INTEGER NOT NULL, 
	CONSTRAINT pk_secret PRIMARY KEY (person, kind), 
	CONSTRAINT ck_secret_kind CHECK (kind IN ('pin', 'password')), 
	CONSTRAINT ck_secret_to_change CHECK (to_change IN (0, 1)), 
	CONSTRAINT fk_secret_person_person FOREIGN KEY(person) REFERENCES person (id)
)
 STRICT

;
INSERT INTO "secret" VALUES('ANN00001','pin','$argon2id$v=19$m=64,t=1,p=1$j4oigLrTc9PFZB7WCs6NQw$HehwLJHXFN3Yfzkw32cqHjNL6rd3O6j0BmoO+N1vdUY','test0001','2026-11-29T16:29:39.149080Z',0);
INSERT INTO "secret" VALUES('ANN00001','password','$argon2id$v=19$m=64,t=1,p=1$ChlBnGfxFWjFRoPDRgjGlw$0BMwuEgBGTlDLf56SAxiYUOD700wQnXgyPfOsZJsFoo','test0001','2026-11-29T16:29:39.149080Z',0);
INSERT INTO "secret" VALUES('BB000002','pin','$argon2id$v=19$m=64,t=1,p=1$837enL+rBGf5pqzdtoHiNg$mCWRxVwfs1RJyyStcKM/LPWH+9itZgJprPFRQfrgADM','test0001','2026-11-29T16:29:39.149080Z',0);
INSERT INTO "secret" VALUES('BB000002','password','$argon2id$v=19$m=64,t=1,p=1$AdBKy5lZdOCCH1dPm4hzxw$2Ln330/ifr9PeQ+wEz85pVLlH96aV98HWGafyVc61d8','test0001','2026-11-29T16:29:39.149080Z',0);
INSERT INTO "secret" VALUES('1EE00003','pin','$argon2id$v=19$m=64,t=1,p=1$7J4NMzzkgWV5FpvAWtsLYA$jGJGbGPoN07FII/sRMWY1PqORcOwER3QqJIM9cXPUN0','test0001','2026-11-29T16:29:39.149080Z',0);
INSERT INTO "secret" VALUES('1EE00003','password','$argon2id$v=19$m=64,t=1,p=1$V8Ism7Dgav2evEUO356X6w$/hnCbfyZdAZXfnjvylaBreGJKo+Q5vmvv/B+w3DGwPM','test0001','2026-11-29T16:29:39.149080Z',0);
INSERT INTO "secret" VALUES('PAM00004','pin','$argon2id$v=19$m=64,t=1,p=1$2zVIVqg1inhEwdgAWpXEKw$EzrD9Zqlxo9lkmgEzhkcGXr6HWjl+IB6szy9udQkKfo','test0001','2026-11-29T16:29:39.149080Z',0);
INSERT INTO "secret" VALUES('PAM00004','password','$argon2id$v=19$m=64,t=1,p=1$qlK8jM3C52jbi/AZAJmtRg$lRNO8cUPn34QUUW2DEE/7Ed8p37COxTbL2Lwi6q2ojk','test0001','2026-11-29T16:29:39.149080Z',0);
INSERT INTO "secret" VALUES('QQN00005','pin','$argon2id$v=19$m=64,t=1,p=1$Yd3nOB9v4uAEGxsUSO3tbA$pVU/uPRMLJzAxME5MDy0T/gNj8asFZ1MPOAoKJhWxq8','test0001','2026-11-29T16:29:39.149080Z',0);
INSERT INTO "secret" VALUES('QQN00005','password','$argon2id$v=19$m=64,t=1,p=1$tbT0Y6oJR+fGwzd1h5o82A$Ut1szDg4VcHNk7php5lwVPSkCT7srhOpIcbt7x9rbv0','test0001','2026-11-29T16:29:39.149080Z',0);
INSERT INTO "secret" VALUES('XNA00006','password','$argon2id$v=19$m=64,t=1,p=1$nMewWenJDFWsgO6VLmV59g$YHmIUO7HiJt5lXJf27HrzDHYtF89hFbzhXSmNx3qG6Q','test0001','2026-11-29T16:29:39.149080Z',0);
INSERT INTO "secret" VALUES('ADA00007','password','$argon2id$v=19$m=64,t=1,p=1$oDEqw422GJ7nOf2SQOQV2g$o+Sq4Aw9ryBcj5aiYN9j+M8TGSgXyBr+uUxi+cxKt6g','test0001','2026-11-29T16:29:39.149080Z',0);
CREATE TABLE sign_in (
	id TEXT NOT NULL, 
	token_hash TEXT NOT NULL, 
	person TEXT NOT NULL, 
	badge TEXT NOT NULL, 
	station TEXT NOT NULL, 
	method TEXT NOT NULL, 
	started TEXT NOT NULL, 
	last_seen TEXT NOT NULL, 
	place TEXT NOT NULL, 
	locked TEXT, 
	ended TEXT, 
	ended_why TEXT NOT NULL, 
	continues TEXT NOT NULL, 
	signed_both TEXT, 
	signed_last TEXT, 
	CONSTRAINT pk_sign_in PRIMARY KEY (id), 
	CONSTRAINT ck_sign_in_method CHECK (method IN ('badge and PIN', 'name and password')), 
	CONSTRAINT fk_sign_in_person_person FOREIGN KEY(person) REFERENCES person (id), 
	CONSTRAINT uq_sign_in_token_hash UNIQUE (token_hash)
)
 STRICT

;
CREATE TABLE site_head (
	site TEXT NOT NULL, 
	site_seq INTEGER NOT NULL, 
	site_digest BLOB NOT NULL, 
	last_at TEXT NOT NULL, 
	CONSTRAINT pk_site_head PRIMARY KEY (site)
)
 STRICT

;
INSERT INTO "site_head" VALUES('MAIN',3,X'E98083041FBB7DEFC7143E9F232B4AA7E14DE18C24D1DE24E16F04819148D1AC','2026-11-29T16:29:40.181032Z');
CREATE TABLE tallman (
	name TEXT NOT NULL, 
	printed TEXT NOT NULL, 
	confirmed_by TEXT NOT NULL, 
	CONSTRAINT pk_tallman PRIMARY KEY (name)
)
 STRICT

;
INSERT INTO "tallman" VALUES('carboplatin','CARBOplatin','pharmacy set-up');
INSERT INTO "tallman" VALUES('cisplatin','CISplatin','pharmacy set-up');
INSERT INTO "tallman" VALUES('daunorubicin','DAUNOrubicin','pharmacy set-up');
INSERT INTO "tallman" VALUES('doxorubicin','DOXOrubicin','pharmacy set-up');
INSERT INTO "tallman" VALUES('vinblastine','vinBLAStine','pharmacy set-up');
INSERT INTO "tallman" VALUES('vincristine','vinCRIStine','pharmacy set-up');
INSERT INTO "tallman" VALUES('mitoxantrone','mitoXANTRONE','pharmacy set-up');
INSERT INTO "tallman" VALUES('cyclosporine','cycloSPORINE','pharmacy set-up');
INSERT INTO "tallman" VALUES('cycloserine','cycloSERINE','pharmacy set-up');
INSERT INTO "tallman" VALUES('prednisone','predniSONE','pharmacy set-up');
INSERT INTO "tallman" VALUES('prednisolone','prednisoLONE','pharmacy set-up');
INSERT INTO "tallman" VALUES('methylprednisolone','methylPREDNISolone','pharmacy set-up');
INSERT INTO "tallman" VALUES('medroxyprogesterone','medroxyPROGESTERone','pharmacy set-up');
INSERT INTO "tallman" VALUES('azacitidine','azaCITIDine','pharmacy set-up');
INSERT INTO "tallman" VALUES('azathioprine','azaTHIOprine','pharmacy set-up');
INSERT INTO "tallman" VALUES('dactinomycin','DACTINomycin','pharmacy set-up');
INSERT INTO "tallman" VALUES('daptomycin','DAPTOmycin','pharmacy set-up');
INSERT INTO "tallman" VALUES('rituximab','riTUXimab','pharmacy set-up');
INSERT INTO "tallman" VALUES('infliximab','inFLIXimab','pharmacy set-up');
INSERT INTO "tallman" VALUES('nexavar','NexAVAR','pharmacy set-up');
INSERT INTO "tallman" VALUES('nexium','NexIUM','pharmacy set-up');
INSERT INTO "tallman" VALUES('docetaxel','DOCEtaxel','pharmacy set-up');
INSERT INTO "tallman" VALUES('paclitaxel','PACLitaxel','pharmacy set-up');
INSERT INTO "tallman" VALUES('eribulin','eriBULin','pharmacy set-up');
INSERT INTO "tallman" VALUES('epirubicin','epiRUBicin','pharmacy set-up');
INSERT INTO "tallman" VALUES('idarubicin','IDArubicin','pharmacy set-up');
INSERT INTO "tallman" VALUES('idarucizumab','idaruCIZUmab','pharmacy set-up');
INSERT INTO "tallman" VALUES('pemetrexed','PEMEtrexed','pharmacy set-up');
INSERT INTO "tallman" VALUES('pralatrexate','PRALAtrexate','pharmacy set-up');
INSERT INTO "tallman" VALUES('romidepsin','romiDEPsin','pharmacy set-up');
INSERT INTO "tallman" VALUES('romiplostim','romiPLOStim','pharmacy set-up');
INSERT INTO "tallman" VALUES('sorafenib','SORAfenib','pharmacy set-up');
INSERT INTO "tallman" VALUES('sunitinib','SUNItinib','pharmacy set-up');
INSERT INTO "tallman" VALUES('pazopanib','PAZOPanib','pharmacy set-up');
INSERT INTO "tallman" VALUES('ponatinib','PONATinib','pharmacy set-up');
INSERT INTO "tallman" VALUES('levoleucovorin','LEVOleucovorin','pharmacy set-up');
INSERT INTO "tallman" VALUES('vinorelbine','vinORELBine','pharmacy set-up');
INSERT INTO "tallman" VALUES('oxaliplatin','OXALIplatin','pharmacy set-up');
INSERT INTO "tallman" VALUES('cyclophosphamide','cycloPHOSPHamide','pharmacy set-up');
INSERT INTO "tallman" VALUES('mitomycin','mitoMYCIN','pharmacy set-up');
INSERT INTO "tallman" VALUES('fluorouracil','fluorouracil','pharmacy set-up');
INSERT INTO "tallman" VALUES('gemcitabine','gemcitabine','pharmacy set-up');
INSERT INTO "tallman" VALUES('cytarabine','cytarabine','pharmacy set-up');
INSERT INTO "tallman" VALUES('methotrexate','methotrexate','pharmacy set-up');
INSERT INTO "tallman" VALUES('etoposide','etoposide','pharmacy set-up');
INSERT INTO "tallman" VALUES('irinotecan','irinotecan','pharmacy set-up');
INSERT INTO "tallman" VALUES('topotecan','topotecan','pharmacy set-up');
INSERT INTO "tallman" VALUES('ifosfamide','ifosfamide','pharmacy set-up');
INSERT INTO "tallman" VALUES('bendamustine','bendamustine','pharmacy set-up');
INSERT INTO "tallman" VALUES('melphalan','melphalan','pharmacy set-up');
INSERT INTO "tallman" VALUES('bortezomib','bortezomib','pharmacy set-up');
INSERT INTO "tallman" VALUES('trastuzumab','trastuzumab','pharmacy set-up');
INSERT INTO "tallman" VALUES('bevacizumab','bevacizumab','pharmacy set-up');
INSERT INTO "tallman" VALUES('pembrolizumab','pembrolizumab','pharmacy set-up');
INSERT INTO "tallman" VALUES('nivolumab','nivolumab','pharmacy set-up');
CREATE TABLE unit (
	label TEXT NOT NULL, 
	gtin14 TEXT NOT NULL, 
	lot TEXT NOT NULL, 
	expiry TEXT NOT NULL, 
	received_at TEXT NOT NULL, 
	received_by TEXT NOT NULL, 
	CONSTRAINT pk_unit PRIMARY KEY (label)
)
 STRICT

;
INSERT INTO "unit" VALUES('CYA00001','00310019955506','AB123','2027-06-30','2026-11-29T16:29:39.149080Z','pharmacy set-up');
INSERT INTO "unit" VALUES('CYB00002','00310019955506','AB123','2027-06-30','2026-11-29T16:29:39.149080Z','pharmacy set-up');
INSERT INTO "unit" VALUES('NSV00003','00304094888507','NS4471','2027-06-30','2026-11-29T16:29:39.149080Z','pharmacy set-up');
INSERT INTO "unit" VALUES('D5W00004','00303380017027','D2207','2027-06-30','2026-11-29T16:29:39.149080Z','pharmacy set-up');
INSERT INTO "unit" VALUES('CYW00011','00307813529705','WR5510','2027-06-30','2026-11-29T16:29:39.149080Z','pharmacy set-up');
INSERT INTO "unit" VALUES('NSW00013','00303380049028','NS2501','2027-06-30','2026-11-29T16:29:39.149080Z','pharmacy set-up');
CREATE TABLE used_once (
	thing TEXT NOT NULL, 
	preparation TEXT NOT NULL, 
	CONSTRAINT pk_used_once PRIMARY KEY (thing)
)
 STRICT

;
CREATE TABLE user_name (
	folded TEXT NOT NULL, 
	shown TEXT NOT NULL, 
	person TEXT NOT NULL, 
	since TEXT NOT NULL, 
	CONSTRAINT pk_user_name PRIMARY KEY (folded), 
	CONSTRAINT fk_user_name_person_person FOREIGN KEY(person) REFERENCES person (id)
)
 STRICT

;
INSERT INTO "user_name" VALUES('ann','ann','ANN00001','2026-11-29T16:29:39.149080Z');
INSERT INTO "user_name" VALUES('bo','bo','BB000002','2026-11-29T16:29:39.149080Z');
INSERT INTO "user_name" VALUES('lee','lee','1EE00003','2026-11-29T16:29:39.149080Z');
INSERT INTO "user_name" VALUES('pam','pam','PAM00004','2026-11-29T16:29:39.149080Z');
INSERT INTO "user_name" VALUES('quin','quin','QQN00005','2026-11-29T16:29:39.149080Z');
INSERT INTO "user_name" VALUES('una','una','XNA00006','2026-11-29T16:29:39.149080Z');
INSERT INTO "user_name" VALUES('ada','ada','ADA00007','2026-11-29T16:29:39.149080Z');
CREATE INDEX ix_refusal_stream ON refusal (stream);
CREATE INDEX ix_outbox_lane_id ON outbox (lane, id);
CREATE INDEX ix_outbox_status_due_at ON outbox (status, due_at);
CREATE INDEX ix_preparation_site_status_due ON preparation (site, status, due);
CREATE INDEX ix_preparation_updated_site_seq ON preparation (updated_site_seq);
CREATE TRIGGER event_no_update BEFORE UPDATE ON event
    BEGIN SELECT RAISE(ABORT, 'event only grows: nothing in it is changed'); END;
CREATE TRIGGER event_no_delete BEFORE DELETE ON event
    BEGIN SELECT RAISE(ABORT, 'event only grows: nothing in it is deleted'); END;
CREATE TRIGGER event_no_replace BEFORE INSERT ON event
    WHEN EXISTS (SELECT 1 FROM event WHERE seq = NEW.seq)
    OR EXISTS (SELECT 1 FROM event WHERE command_id = NEW.command_id AND ordinal = NEW.ordinal)
    OR EXISTS (SELECT 1 FROM event WHERE preparation = NEW.preparation AND version = NEW.version)
    OR EXISTS (SELECT 1 FROM event WHERE site = NEW.site AND site_seq = NEW.site_seq)
    BEGIN SELECT RAISE(ABORT, 'event only grows: this key is taken'); END;
CREATE TRIGGER checkpoint_no_update BEFORE UPDATE ON checkpoint
    BEGIN SELECT RAISE(ABORT, 'checkpoint only grows: nothing in it is changed'); END;
CREATE TRIGGER checkpoint_no_delete BEFORE DELETE ON checkpoint
    BEGIN SELECT RAISE(ABORT, 'checkpoint only grows: nothing in it is deleted'); END;
CREATE TRIGGER checkpoint_no_replace BEFORE INSERT ON checkpoint
    WHEN EXISTS (SELECT 1 FROM checkpoint WHERE seq = NEW.seq)
    OR EXISTS (SELECT 1 FROM checkpoint WHERE site = NEW.site AND epoch = NEW.epoch AND site_seq = NEW.site_seq)
    BEGIN SELECT RAISE(ABORT, 'checkpoint only grows: this key is taken'); END;
CREATE TRIGGER receipt_no_update BEFORE UPDATE ON receipt
    BEGIN SELECT RAISE(ABORT, 'receipt only grows: nothing in it is changed'); END;
CREATE TRIGGER receipt_no_delete BEFORE DELETE ON receipt
    BEGIN SELECT RAISE(ABORT, 'receipt only grows: nothing in it is deleted'); END;
CREATE TRIGGER receipt_no_replace BEFORE INSERT ON receipt
    WHEN EXISTS (SELECT 1 FROM receipt WHERE seq = NEW.seq)
    OR EXISTS (SELECT 1 FROM receipt WHERE command_id = NEW.command_id)
    BEGIN SELECT RAISE(ABORT, 'receipt only grows: this key is taken'); END;
CREATE TRIGGER refusal_no_update BEFORE UPDATE ON refusal
    BEGIN SELECT RAISE(ABORT, 'refusal only grows: nothing in it is changed'); END;
CREATE TRIGGER refusal_no_delete BEFORE DELETE ON refusal
    BEGIN SELECT RAISE(ABORT, 'refusal only grows: nothing in it is deleted'); END;
CREATE TRIGGER refusal_no_replace BEFORE INSERT ON refusal
    WHEN EXISTS (SELECT 1 FROM refusal WHERE seq = NEW.seq)
    BEGIN SELECT RAISE(ABORT, 'refusal only grows: this key is taken'); END;
CREATE TRIGGER blob_no_update BEFORE UPDATE ON blob
    BEGIN SELECT RAISE(ABORT, 'blob only grows: nothing in it is changed'); END;
CREATE TRIGGER blob_no_delete BEFORE DELETE ON blob
    BEGIN SELECT RAISE(ABORT, 'blob only grows: nothing in it is deleted'); END;
CREATE TRIGGER blob_no_replace BEFORE INSERT ON blob
    WHEN EXISTS (SELECT 1 FROM blob WHERE seq = NEW.seq)
    OR EXISTS (SELECT 1 FROM blob WHERE sha256 = NEW.sha256)
    BEGIN SELECT RAISE(ABORT, 'blob only grows: this key is taken'); END;
CREATE TRIGGER purge_no_update BEFORE UPDATE ON purge
    BEGIN SELECT RAISE(ABORT, 'purge only grows: nothing in it is changed'); END;
CREATE TRIGGER purge_no_delete BEFORE DELETE ON purge
    BEGIN SELECT RAISE(ABORT, 'purge only grows: nothing in it is deleted'); END;
CREATE TRIGGER purge_no_replace BEFORE INSERT ON purge
    WHEN EXISTS (SELECT 1 FROM purge WHERE seq = NEW.seq)
    OR EXISTS (SELECT 1 FROM purge WHERE what = NEW.what AND ref = NEW.ref)
    BEGIN SELECT RAISE(ABORT, 'purge only grows: this key is taken'); END;
CREATE INDEX ix_person_history_person ON person_history (person);
CREATE INDEX ix_sign_in_person_ended ON sign_in (person, ended);
CREATE INDEX ix_badge_person ON badge (person);
CREATE INDEX ix_user_name_person ON user_name (person);
CREATE TRIGGER user_name_no_update BEFORE UPDATE ON user_name
    BEGIN SELECT RAISE(ABORT, 'user_name only grows: nothing in it is changed'); END;
CREATE TRIGGER user_name_no_delete BEFORE DELETE ON user_name
    BEGIN SELECT RAISE(ABORT, 'user_name only grows: nothing in it is deleted'); END;
CREATE TRIGGER user_name_no_replace BEFORE INSERT ON user_name
    WHEN EXISTS (SELECT 1 FROM user_name WHERE folded = NEW.folded)
    BEGIN SELECT RAISE(ABORT, 'user_name only grows: this key is taken'); END;
CREATE TRIGGER attempt_no_update BEFORE UPDATE ON attempt
    BEGIN SELECT RAISE(ABORT, 'attempt only grows: nothing in it is changed'); END;
CREATE TRIGGER attempt_no_delete BEFORE DELETE ON attempt
    BEGIN SELECT RAISE(ABORT, 'attempt only grows: nothing in it is deleted'); END;
CREATE TRIGGER attempt_no_replace BEFORE INSERT ON attempt
    WHEN EXISTS (SELECT 1 FROM attempt WHERE seq = NEW.seq)
    BEGIN SELECT RAISE(ABORT, 'attempt only grows: this key is taken'); END;
CREATE TRIGGER person_history_no_update BEFORE UPDATE ON person_history
    BEGIN SELECT RAISE(ABORT, 'person_history only grows: nothing in it is changed'); END;
CREATE TRIGGER person_history_no_delete BEFORE DELETE ON person_history
    BEGIN SELECT RAISE(ABORT, 'person_history only grows: nothing in it is deleted'); END;
CREATE TRIGGER person_history_no_replace BEFORE INSERT ON person_history
    WHEN EXISTS (SELECT 1 FROM person_history WHERE seq = NEW.seq)
    BEGIN SELECT RAISE(ABORT, 'person_history only grows: this key is taken'); END;
CREATE INDEX ix_equipment_event_equipment ON equipment_event (equipment);
CREATE INDEX ix_package_item ON package (item);
CREATE INDEX ix_recipe_drug ON recipe (drug);
CREATE TRIGGER equipment_event_no_update BEFORE UPDATE ON equipment_event
    BEGIN SELECT RAISE(ABORT, 'equipment_event only grows: nothing in it is changed'); END;
CREATE TRIGGER equipment_event_no_delete BEFORE DELETE ON equipment_event
    BEGIN SELECT RAISE(ABORT, 'equipment_event only grows: nothing in it is deleted'); END;
CREATE TRIGGER equipment_event_no_replace BEFORE INSERT ON equipment_event
    WHEN EXISTS (SELECT 1 FROM equipment_event WHERE seq = NEW.seq)
    BEGIN SELECT RAISE(ABORT, 'equipment_event only grows: this key is taken'); END;
CREATE TRIGGER recipe_no_update BEFORE UPDATE ON recipe
    BEGIN SELECT RAISE(ABORT, 'recipe only grows: nothing in it is changed'); END;
CREATE TRIGGER recipe_no_delete BEFORE DELETE ON recipe
    BEGIN SELECT RAISE(ABORT, 'recipe only grows: nothing in it is deleted'); END;
CREATE TRIGGER recipe_no_replace BEFORE INSERT ON recipe
    WHEN EXISTS (SELECT 1 FROM recipe WHERE seq = NEW.seq)
    OR EXISTS (SELECT 1 FROM recipe WHERE name = NEW.name AND version = NEW.version)
    BEGIN SELECT RAISE(ABORT, 'recipe only grows: this key is taken'); END;
CREATE TRIGGER policy_no_update BEFORE UPDATE ON policy
    BEGIN SELECT RAISE(ABORT, 'policy only grows: nothing in it is changed'); END;
CREATE TRIGGER policy_no_delete BEFORE DELETE ON policy
    BEGIN SELECT RAISE(ABORT, 'policy only grows: nothing in it is deleted'); END;
CREATE TRIGGER policy_no_replace BEFORE INSERT ON policy
    WHEN EXISTS (SELECT 1 FROM policy WHERE seq = NEW.seq)
    OR EXISTS (SELECT 1 FROM policy WHERE site = NEW.site AND version = NEW.version)
    BEGIN SELECT RAISE(ABORT, 'policy only grows: this key is taken'); END;
CREATE INDEX ix_printed_label_preparation ON printed_label (preparation);
CREATE INDEX ix_message_sender_control_id ON message (sender, control_id);
CREATE INDEX ix_ordered_mrn ON ordered (mrn);
CREATE TRIGGER message_no_update BEFORE UPDATE ON message
    BEGIN SELECT RAISE(ABORT, 'message only grows: nothing in it is changed'); END;
CREATE TRIGGER message_no_delete BEFORE DELETE ON message
    BEGIN SELECT RAISE(ABORT, 'message only grows: nothing in it is deleted'); END;
CREATE TRIGGER message_no_replace BEFORE INSERT ON message
    WHEN EXISTS (SELECT 1 FROM message WHERE seq = NEW.seq)
    BEGIN SELECT RAISE(ABORT, 'message only grows: this key is taken'); END;
CREATE INDEX ix_access_log_preparation ON access_log (preparation);
CREATE TRIGGER access_log_no_update BEFORE UPDATE ON access_log
    BEGIN SELECT RAISE(ABORT, 'access_log only grows: nothing in it is changed'); END;
CREATE TRIGGER access_log_no_delete BEFORE DELETE ON access_log
    BEGIN SELECT RAISE(ABORT, 'access_log only grows: nothing in it is deleted'); END;
CREATE TRIGGER access_log_no_replace BEFORE INSERT ON access_log
    WHEN EXISTS (SELECT 1 FROM access_log WHERE seq = NEW.seq)
    BEGIN SELECT RAISE(ABORT, 'access_log only grows: this key is taken'); END;
CREATE INDEX ix_used_once_preparation ON used_once (preparation);
COMMIT;
