using System.Numerics;

namespace Mimir.Kernels.Ptx.Emulation;

/// <summary>What a barrier instruction does beside arriving. Kept in <see cref="DecodedInstruction.Mode"/>.</summary>
internal enum BarrierAction
{
    Sync,
    Arrive,
    Popc,
    And,
    Or,
}

/// <summary>The sixteen barriers of a block. A warp arrives as a whole, when its last live lane does, and counts 32 threads; warps that have exited
/// are not waited for.</summary>
internal sealed unsafe class Barriers(BlockRunner runner)
{
    private const int Count = 16;

    private readonly Barrier[] _barriers = new Barrier[Count];

    /// <summary>Barriers that the block has used, one bit each.</summary>
    private uint _used;

    /// <summary>A new block: nobody has arrived.</summary>
    public void Clear()
    {
        Array.Clear(_barriers);
        _used = 0;
    }

    /// <summary>Lanes of a group execute a barrier instruction.</summary>
    public void Arrive(Warp warp, int group, DecodedInstruction* i, uint lanes)
    {
        var first = BitOperations.TrailingZeroCount(lanes);
        var id = Uniform(warp, i->A, lanes, i, "number");
        if (id >= Count)
            runner.Fail(DiagnosticKinds.BarrierCount, i, first, $"barrier {id} does not exist, there are {Count}");
        var pc = warp[group].Pc;
        var others = warp[group].Lanes & ~lanes;
        if (others != 0 && i->IsAligned)
        {
            runner.Report(
                PtxSeverity.Error, DiagnosticKinds.DivergentBarrier, i, BitOperations.TrailingZeroCount(others),
                $"its guard is false for lanes 0x{others:x8}, but all threads of the warp must execute it");
        }
        if (others != 0)
            warp[group] = new Group { Lanes = others, Pc = pc + 1 };
        else
            warp.RemoveAt(group);
        _used |= 1u << (int)id;
        ref var barrier = ref _barriers[id];
        CheckUse(ref barrier, warp, (int)id, i, lanes);
        Accumulate(ref barrier, warp, i, lanes);
        if ((BarrierAction)i->Mode == BarrierAction.Arrive)
        {
            barrier.Arrivals += Lanes.Count;
            (barrier.Arriver, barrier.ArrivalPc) = (warp.Number + 1, pc);
            runner.Monitor?.OnBarrierArrive(i->Index, (int)id, warp.Number);
            warp.Add(new Group { Lanes = lanes, Pc = pc + 1 });
        }
        else
        {
            warp.Add(new Group { Lanes = lanes, Pc = pc, State = GroupState.AtBarrier, Barrier = (int)id });
            CompleteWarp(warp, (int)id);
        }
        TryComplete((int)id);
    }

    /// <summary>Arrivals without waiting that no wait has matched when the block is through: the barrier, a warp that arrived, and where.</summary>
    public IEnumerable<(int Barrier, int Warp, int Pc)> Unmatched()
    {
        for (var id = 0; id < Count; id++)
        {
            if (_barriers[id].Arriver != 0)
                yield return (id, _barriers[id].Arriver - 1, _barriers[id].ArrivalPc);
        }
    }

    /// <summary>Lanes of a warp have exited: those that wait for them may go on, and fewer warps are expected.</summary>
    public void Recheck(Warp warp)
    {
        for (var rest = _used; rest != 0; rest &= rest - 1)
        {
            var id = BitOperations.TrailingZeroCount(rest);
            ref var barrier = ref _barriers[id];
            if ((barrier.Waiting >> warp.Number & 1) == 0 && warp.Live != 0)
                CompleteWarp(warp, id);
            if (barrier.Arrivals != 0)
                TryComplete(id);
        }
    }

    /// <summary>Counts a warp once all its live lanes wait at the barrier.</summary>
    private void CompleteWarp(Warp warp, int id)
    {
        var present = 0u;
        var (lowest, highest) = (int.MaxValue, int.MinValue);
        for (var n = 0; n < warp.Count; n++)
        {
            if (warp[n].State != GroupState.AtBarrier || warp[n].Barrier != id)
                continue;
            present |= warp[n].Lanes;
            (lowest, highest) = (Math.Min(lowest, warp[n].Pc), Math.Max(highest, warp[n].Pc));
        }
        if (present == 0 || present != warp.Live)
            return;
        var i = runner.Code(lowest);
        if (lowest != highest && i->IsAligned)
        {
            runner.Report(
                PtxSeverity.Error, DiagnosticKinds.DivergentBarrier, i, BitOperations.TrailingZeroCount(present),
                $"lanes of one warp reach barrier {id} at different instructions, the other at {runner.PlaceOf(highest)}");
        }
        ref var barrier = ref _barriers[id];
        barrier.Arrivals += Lanes.Count;
        barrier.Waiting |= 1u << warp.Number;
        if (barrier.Pc != 0 && barrier.Pc != lowest + 1 && i->IsAligned && barrier.Expected == 0)
        {
            runner.Report(
                PtxSeverity.Error, DiagnosticKinds.DivergentBarrier, i, BitOperations.TrailingZeroCount(present),
                $"other warps wait for barrier {id} at {runner.PlaceOf(barrier.Pc - 1)}, a different instruction");
        }
        if (barrier.Pc == 0)
            barrier.Pc = lowest + 1;
    }

    private void TryComplete(int id)
    {
        ref var barrier = ref _barriers[id];
        var live = runner.LiveWarps;
        var expected = barrier.Expected != 0 ? barrier.Expected : Lanes.Count * BitOperations.PopCount(live);
        if (barrier.Arrivals < expected || barrier.Waiting == 0 && barrier.Arrivals == 0)
            return;
        var waiting = barrier.Waiting;
        var instruction = barrier.Pc - 1;
        for (var rest = waiting; rest != 0; rest &= rest - 1)
            Resume(runner.Warps[BitOperations.TrailingZeroCount(rest)], id, ref barrier);
        barrier = default;
        runner.Changes++;
        if (waiting == 0)
            return;
        if ((live & ~waiting) == 0)
            runner.Monitor?.OnBlockBarrier(runner.Code(instruction)->Index);
        else
            runner.Monitor?.OnPartialBarrier(runner.Code(instruction)->Index, id, waiting);
    }

    /// <summary>The lanes of a warp go on behind the barrier, with its reduction where they asked for one.</summary>
    private void Resume(Warp warp, int id, ref Barrier barrier)
    {
        for (var n = 0; n < warp.Count; n++)
        {
            if (warp[n].State != GroupState.AtBarrier || warp[n].Barrier != id)
                continue;
            var i = runner.Code(warp[n].Pc);
            switch ((BarrierAction)i->Mode)
            {
                case BarrierAction.Popc:
                    for (var rest = warp[n].Lanes; rest != 0; rest &= rest - 1)
                        ((int*)(warp.Registers + i->D))[BitOperations.TrailingZeroCount(rest)] = barrier.True;
                    break;
                case BarrierAction.And:
                    Comparison.Write((uint*)(warp.Registers + i->D), barrier.False == 0 ? Lanes.All : 0, warp[n].Lanes);
                    break;
                case BarrierAction.Or:
                    Comparison.Write((uint*)(warp.Registers + i->D), barrier.True != 0 ? Lanes.All : 0, warp[n].Lanes);
                    break;
                case BarrierAction.Sync:
                case BarrierAction.Arrive:
                default:
                    break;
            }
            warp[n] = new Group { Lanes = warp[n].Lanes, Pc = warp[n].Pc + 1 };
        }
        warp.Merge();
    }

    /// <summary>Takes note of the thread count and the kind of use, and reports what does not fit.</summary>
    private void CheckUse(ref Barrier barrier, Warp warp, int id, DecodedInstruction* i, uint lanes)
    {
        var lane = BitOperations.TrailingZeroCount(lanes);
        var threads = i->B < 0 ? 0 : (int)Uniform(warp, i->B, lanes, i, "thread count");
        if (i->B >= 0 && (threads <= 0 || threads % Lanes.Count != 0))
            runner.Fail(DiagnosticKinds.BarrierCount, i, lane, $"barrier {id} is given {threads} threads; the count must be a positive multiple of 32");
        if (threads > runner.Warps.Length * Lanes.Count)
            Report(i, lane, $"barrier {id} waits for {threads} threads, the block has {runner.Warps.Length * Lanes.Count}");
        var isReduction = (BarrierAction)i->Mode >= BarrierAction.Popc;
        if (barrier.IsUsed && barrier.Expected != threads)
            Report(i, lane, $"barrier {id} is given {threads} threads here and {barrier.Expected} by others that wait");
        if (barrier.IsUsed && barrier.IsReduction != isReduction)
            Report(i, lane, $"barrier {id} is used by bar.red and by bar.sync or bar.arrive at once");
        (barrier.IsUsed, barrier.IsReduction, barrier.Expected) = (true, isReduction, threads);
    }

    private void Report(DecodedInstruction* i, int lane, string message) =>
        runner.Report(PtxSeverity.Error, DiagnosticKinds.BarrierCount, i, lane, message);

    private static void Accumulate(ref Barrier barrier, Warp warp, DecodedInstruction* i, uint lanes)
    {
        if ((BarrierAction)i->Mode < BarrierAction.Popc)
            return;
        var predicate = *(uint*)(warp.Registers + i->C) ^ (uint)i->E;
        barrier.True += BitOperations.PopCount(predicate & lanes);
        barrier.False += BitOperations.PopCount(~predicate & lanes);
    }

    private uint Uniform(Warp warp, int operand, uint lanes, DecodedInstruction* i, string what)
    {
        var values = (uint*)(warp.Registers + operand);
        var first = BitOperations.TrailingZeroCount(lanes);
        for (var rest = i->HasMemberRegister ? lanes : 0; rest != 0; rest &= rest - 1)
        {
            var lane = BitOperations.TrailingZeroCount(rest);
            if (values[lane] != values[first])
                runner.Fail(DiagnosticKinds.BarrierCount, i, lane, $"lanes of one warp give different barrier {what}s: {values[first]} and {values[lane]}");
        }
        return values[first];
    }

    private struct Barrier
    {
        /// <summary>Threads that have arrived, whole warps.</summary>
        public int Arrivals;

        /// <summary>Threads that must; 0 stands for all warps that live.</summary>
        public int Expected;

        /// <summary>Warps that wait.</summary>
        public uint Waiting;

        /// <summary>One more than where the first warp waits; 0 where none does.</summary>
        public int Pc;

        /// <summary>One more than the warp that last arrived without waiting, 0 where none did; and where.</summary>
        public int Arriver, ArrivalPc;

        /// <summary>Predicates of a reduction by their value.</summary>
        public int True, False;

        public bool IsUsed, IsReduction;
    }
}
