-- Wishes to see a record, answered or not, go with it when it is locked or erased.

CREATE INDEX jy_share_request_record ON jy_share_request (object, record);
