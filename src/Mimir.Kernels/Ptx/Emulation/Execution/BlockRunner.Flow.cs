using System.Numerics;

namespace Mimir.Kernels.Ptx.Emulation;

/// <summary>The order of execution inside a warp.</summary>
internal sealed unsafe partial class BlockRunner
{
    /// <summary>Instructions that this runner's blocks have executed, a warp's counting as one.</summary>
    public ulong Clock { get; private set; }

    /// <summary>Runs a warp until all its lanes wait or have exited, or until its turn is over.</summary>
    private void RunWarp(Warp warp)
    {
        var budget = _order.Budget();
        while (budget > 0)
        {
            warp.Merge();
            var group = _order.NextGroup(warp);
            if (group < 0)
            {
                warp.CrowdedTurns = 0;
                return;
            }
            var before = budget;
            RunGroup(warp, group, ref budget);
            Clock += (ulong)(before - budget);
        }
        warp.CrowdedTurns = warp.Count > 1 ? warp.CrowdedTurns + 1 : 0;
    }

    /// <summary>Runs lanes that share a program counter until they wait, part, exit or meet others.</summary>
    private void RunGroup(Warp warp, int group, ref int budget)
    {
        var code = _code;
        var r = warp.Registers;
        var pc = warp[group].Pc;
        var mask = warp[group].Lanes;
        var stop = warp.Count == 1 ? int.MaxValue : warp.MeetingPoint(group);
        // A group that is not the lowest, or starts where another stands, must take at least one step.
        if (stop <= pc)
            stop = int.MaxValue;
        for (;;)
        {
            if (pc >= stop || budget <= 0)
            {
                warp[group].Pc = pc;
                return;
            }
            budget--;
            var i = code + pc;
            var lanes = mask & (*(uint*)(r + i->Guard) ^ i->GuardFlip);
            i->WarpCount++;
            i->LaneCount += BitOperations.PopCount(lanes);
            switch (i->Flow)
            {
                case Flow.Next:
                    if (lanes != 0)
                        i->Execute(this, r, i, lanes);
                    pc++;
                    continue;
                case Flow.Branch:
                    if (lanes != mask || i->Guard != RegisterLayout.True)
                        Monitor?.OnBranch(i->Index, mask, lanes);
                    if (lanes == mask)
                    {
                        pc = i->Target;
                        continue;
                    }
                    if (lanes == 0)
                    {
                        pc++;
                        continue;
                    }
                    if (i->Mode == UniformBranch)
                        ReportUniformBranch(i, lanes, mask);
                    Part(warp, group, i->Target, lanes, pc + 1);
                    return;
                case Flow.Yield:
                    if (lanes != 0)
                    {
                        i->Execute(this, r, i, lanes);
                        budget = 0;
                    }
                    pc++;
                    continue;
                case Flow.Converge:
                    if (lanes == 0)
                    {
                        pc++;
                        continue;
                    }
                    if (lanes == mask && AreTogether(warp, i, lanes))
                    {
                        i->Execute(this, r, i, lanes);
                        pc++;
                        continue;
                    }
                    warp[group].Pc = pc;
                    Park(warp, group, i, lanes);
                    return;
                case Flow.Barrier:
                    if (lanes == 0)
                    {
                        pc++;
                        continue;
                    }
                    warp[group].Pc = pc;
                    _barriers.Arrive(warp, group, i, lanes);
                    return;
                case Flow.Call:
                    if (lanes == 0)
                    {
                        pc++;
                        continue;
                    }
                    for (var rest = lanes; rest != 0; rest &= rest - 1)
                        ((int*)(r + i->D))[BitOperations.TrailingZeroCount(rest)] = pc + 1;
                    if (lanes == mask)
                    {
                        pc = i->Target;
                        continue;
                    }
                    Part(warp, group, i->Target, lanes, pc + 1);
                    return;
                case Flow.Return:
                    if (lanes == 0)
                    {
                        pc++;
                        continue;
                    }
                    warp[group].Pc = pc + 1;
                    Return(warp, group, (int*)(r + i->D), lanes);
                    return;
                default:
                    if (lanes == 0)
                    {
                        pc++;
                        continue;
                    }
                    warp[group].Pc = pc + 1;
                    Exit(warp, group, lanes);
                    return;
            }
        }
    }

    /// <summary>Mark of bra.uni in <see cref="DecodedInstruction.Mode"/>.</summary>
    public const int UniformBranch = 1;

    /// <summary>Some lanes of a group go elsewhere.</summary>
    private static void Part(Warp warp, int group, int target, uint lanes, int next)
    {
        warp[group].Lanes &= ~lanes;
        warp[group].Pc = next;
        warp.Add(new Group { Lanes = lanes, Pc = target });
    }

    /// <summary>Lanes go back to where each was called from.</summary>
    private static void Return(Warp warp, int group, int* targets, uint lanes)
    {
        warp[group].Lanes &= ~lanes;
        if (warp[group].Lanes == 0)
            warp.RemoveAt(group);
        while (lanes != 0)
        {
            var target = targets[BitOperations.TrailingZeroCount(lanes)];
            var same = 0u;
            for (var rest = lanes; rest != 0; rest &= rest - 1)
            {
                var lane = BitOperations.TrailingZeroCount(rest);
                same |= targets[lane] == target ? 1u << lane : 0;
            }
            warp.Add(new Group { Lanes = same, Pc = target });
            lanes &= ~same;
        }
    }

    private void Exit(Warp warp, int group, uint lanes)
    {
        warp.Copies.Drop(lanes);
        warp.Live &= ~lanes;
        warp[group].Lanes &= ~lanes;
        if (warp[group].Lanes == 0)
            warp.RemoveAt(group);
        Changes++;
        if (warp.Live == 0)
            LiveWarps &= ~(1u << warp.Number);
        ReleaseConverging(warp);
        _barriers.Recheck(warp);
    }

    private void ReportUniformBranch(DecodedInstruction* i, uint taken, uint lanes) =>
        Report(
            PtxSeverity.Error, DiagnosticKinds.DivergentBranch, i, BitOperations.TrailingZeroCount(taken),
            $"lanes 0x{taken:x8} of 0x{lanes:x8} jump, but .uni promises that all agree");
}
