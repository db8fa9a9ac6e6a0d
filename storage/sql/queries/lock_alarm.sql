SELECT alarm.* FROM alarm WHERE id = %(id)s FOR UPDATE
