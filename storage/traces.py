"""How one alarm came to be, put together from every table that knows of it."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from events.alarm import AlarmAction
from events.ids import RuleId, SourceId, ZoneId
from events.observation import Observation, Phase
from events.reading import Quality, Reading
from events.trace import SettledNotice, Trace
from storage import alarm_rows, notice_rows
from storage.pool import Pooled
from storage.queries import query
from storage.series import join_metric


class TraceStore(Pooled):
    """Reads traces."""

    async def trace(self, alarm_id: UUID, metrics: Mapping[str, str]) -> Trace | None:
        """Return what is stored about an alarm, None where there is none.

        Args:
            alarm_id: Which.
            metrics: The metric that each rule of the site file judges; of others it stands in their versions.

        Raises:
            StorageError: the database is away.
        """
        records = [alarm_rows.to_record(row) for row in await self._rows(query("alarm_history"), {"id": alarm_id})]
        if not records:
            return None
        key = records[0].change.alarm.key
        moments = [r.change.alarm.met_at for r in records if r.change.action is AlarmAction.RAISE]
        metric = metrics.get(key.rule) or await self._metric(key.rule, records[-1].change.alarm.rule_version)
        wanted = {
            "source": key.source,
            "metrics": [] if metric is None else [metric],
            "zone": key.zone,
            "moments": moments,
        }
        rows = await self._rows(query("readings_at"), wanted)
        seen = list({r.change.alarm.observation for r in records if r.change.alarm.observation is not None})
        return Trace(
            records=records,
            readings=[
                Reading(
                    source=SourceId(row["source_id"]),
                    metric=join_metric(row["metric"], row["zone"]),
                    ts=row["ts"],
                    received_at=row["received_at"],
                    raw=row["raw"],
                    value=row["value"],
                    quality=Quality(row["name"]),
                )
                for row in rows
            ],
            arrivals=[row["arrival"] for row in rows],
            observations=await self._observations(seen),
            notices=[
                SettledNotice(
                    notice=notice_rows.from_row(row),
                    state=row["state"],
                    tries=row["tries"],
                    settled_at=row["settled_at"],
                    detail=row["detail"],
                )
                for row in await self._rows(query("notices_of_alarm"), {"id": alarm_id})
            ],
        )

    async def _metric(self, rule: RuleId, version: int | None) -> str | None:
        """Return the metric that a version of a rule judges, None where it judges none or was not recorded."""
        rows = await self._rows(query("metric_of_version"), {"rule_id": rule, "version": version})
        metric: str | None = rows[0]["metric"] if rows else None
        return metric

    async def _observations(self, ids: Sequence[UUID]) -> list[Observation]:
        return [
            Observation(
                id=row["id"],
                source=SourceId(row["source_id"]),
                kind=row["kind"],
                phase=Phase(row["phase"]),
                at=row["updated_at"],
                started_at=row["started_at"],
                zone=None if row["zone"] is None else ZoneId(row["zone"]),
                count=row["count"],
                score=row["score"],
                evidence=row["evidence"],
                attrs=row["attrs"],
                received_at=row["received_at"],
            )
            for row in await self._rows(query("observations_by_id"), {"ids": list(ids)})
        ]
