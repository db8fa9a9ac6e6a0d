INSERT INTO gareng_mesem.setting (
    demo, accept, dispatch, clear, repeat_days, repeat_within_m, density_t_m3, province, regency, population,
    kg_per_person_day, generation_basis, composition
)
VALUES (
    %(demo)s, make_interval(secs => %(accept_s)s), make_interval(secs => %(dispatch_s)s), make_interval(secs => %(clear_s)s),
    %(repeat_days)s, %(repeat_within_m)s, %(density_t_m3)s, %(province)s, %(regency)s, %(population)s,
    %(kg_per_person_day)s, %(generation_basis)s, %(composition)s::jsonb
)
ON CONFLICT (only_one) DO UPDATE
SET demo = excluded.demo, accept = excluded.accept, dispatch = excluded.dispatch, clear = excluded.clear,
    repeat_days = excluded.repeat_days, repeat_within_m = excluded.repeat_within_m, density_t_m3 = excluded.density_t_m3,
    province = excluded.province, regency = excluded.regency, population = excluded.population,
    kg_per_person_day = excluded.kg_per_person_day, generation_basis = excluded.generation_basis,
    composition = excluded.composition
