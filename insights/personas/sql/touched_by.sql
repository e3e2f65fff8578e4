-- Of persons by their identifiers; the primary key leads to the rows.
person_key IN (SELECT cityHash64({tenant:String}, arrayJoin($names)))
