import asyncio, time, statistics
from tests.integration.test_web_storage import *
@pytest.mark.parametrize("each_databases",["plain"],indirect=True)
async def test_lat(client, writer, each_databases):
    got=[]
    async with client.get(STREAM) as s:
        await next_event(s)
        for n in range(200):
            t=time.perf_counter()
            fut=asyncio.create_task(next_alarm(s))
            await asyncio.to_thread(writer.commit,[telemetry("tide-1", n, {"x": 150.0 if n%2==0 else 50.0})])
            t1=time.perf_counter()
            await fut; t2=time.perf_counter(); got.append((t2-t1)*1e3)
    got.sort(); print("commit->sse ms p50",got[100],"p99",got[197])
