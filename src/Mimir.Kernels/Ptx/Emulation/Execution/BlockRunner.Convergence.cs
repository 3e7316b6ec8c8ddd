using System.Numerics;

namespace Mimir.Kernels.Ptx.Emulation;

/// <summary>Lanes that wait for each other at .sync instructions.</summary>
internal sealed unsafe partial class BlockRunner
{
    /// <summary>The lanes that a .sync instruction names, as its first executing lane does.</summary>
    private static uint Members(Warp warp, DecodedInstruction* i, uint lanes) =>
        ((uint*)(warp.Registers + i->Members))[BitOperations.TrailingZeroCount(lanes)];

    /// <summary>Whether every live lane that the instruction names is here, so that it can execute.</summary>
    private bool AreTogether(Warp warp, DecodedInstruction* i, uint lanes)
    {
        var members = Members(warp, i, lanes);
        if (lanes == Lanes.All && members == Lanes.All)
            return HaveSameMembers(warp, i, lanes);
        return HaveSameMembers(warp, i, lanes) && (members & warp.Live & ~lanes) == 0 && IsSound(warp, i, lanes, members);
    }

    private static bool HaveSameMembers(Warp warp, DecodedInstruction* i, uint lanes)
    {
        if (!i->HasMemberRegister)
            return true;
        var masks = (uint*)(warp.Registers + i->Members);
        var first = masks[BitOperations.TrailingZeroCount(lanes)];
        for (var rest = lanes; rest != 0; rest &= rest - 1)
        {
            if (masks[BitOperations.TrailingZeroCount(rest)] != first)
                return false;
        }
        return true;
    }

    /// <summary>Reports masks that have no meaning; the instruction executes all the same.</summary>
    private bool IsSound(Warp warp, DecodedInstruction* i, uint lanes, uint members)
    {
        if (!Checks(EmulatorChecks.Synchronisation))
            return true;
        if ((lanes & ~members) is var strangers and not 0)
        {
            Report(
                PtxSeverity.Error, DiagnosticKinds.MemberMask, i, BitOperations.TrailingZeroCount(strangers),
                $"lanes 0x{strangers:x8} execute it but are not in their mask 0x{members:x8}");
        }
        var gone = members & ~warp.Live;
        if (gone != 0)
        {
            Report(
                i->IsAligned ? PtxSeverity.Error : PtxSeverity.Warning, i->IsAligned ? DiagnosticKinds.DivergentBarrier : DiagnosticKinds.MemberMask, i,
                BitOperations.TrailingZeroCount(lanes), $"lanes 0x{gone:x8} of its mask 0x{members:x8} have exited or never were");
        }
        return true;
    }

    /// <summary>Lanes wait at a .sync instruction, those of the group that do not execute it go on.</summary>
    private void Park(Warp warp, int group, DecodedInstruction* i, uint lanes)
    {
        var pc = warp[group].Pc;
        var others = warp[group].Lanes & ~lanes;
        if (others != 0 && i->IsAligned)
        {
            Report(
                PtxSeverity.Error, DiagnosticKinds.DivergentBarrier, i, BitOperations.TrailingZeroCount(others),
                $"its guard is false for lanes 0x{others:x8}, but all lanes must execute it");
        }
        if (others != 0)
            warp[group] = new Group { Lanes = others, Pc = pc + 1 };
        else
            warp.RemoveAt(group);
        // Lanes with different masks wait in different groups.
        var masks = (uint*)(warp.Registers + i->Members);
        for (var rest = lanes; rest != 0;)
        {
            var members = masks[BitOperations.TrailingZeroCount(rest)];
            var same = 0u;
            for (var left = rest; left != 0; left &= left - 1)
            {
                var lane = BitOperations.TrailingZeroCount(left);
                same |= masks[lane] == members ? 1u << lane : 0;
            }
            rest &= ~same;
            warp.Add(new Group { Lanes = same, Pc = pc, State = GroupState.Converging, Members = members });
        }
        ReleaseConverging(warp);
    }

    /// <summary>Executes the .sync instructions whose live members have all arrived.</summary>
    private void ReleaseConverging(Warp warp)
    {
        for (var n = 0; n < warp.Count; n++)
        {
            if (warp[n].State != GroupState.Converging)
                continue;
            var (pc, members) = (warp[n].Pc, warp[n].Members);
            var present = warp[n].Lanes;
            var isElsewhere = false;
            for (var k = 0; k < warp.Count; k++)
            {
                if (k == n || warp[k].State != GroupState.Converging || warp[k].Members != members || !IsSameOperation(pc, warp[k].Pc))
                    continue;
                present |= warp[k].Lanes;
                isElsewhere |= warp[k].Pc != pc;
            }
            if ((members & warp.Live & ~present) != 0)
                continue;
            if (isElsewhere)
                Exchange(warp, pc, members, present);
            else
                ExecuteTogether(warp, pc, members, present);
            for (var k = warp.Count - 1; k >= 0; k--)
            {
                if (warp[k].State == GroupState.Converging && warp[k].Members == members && IsSameOperation(pc, warp[k].Pc))
                    warp[k] = new Group { Lanes = warp[k].Lanes, Pc = warp[k].Pc + 1 };
            }
            warp.Merge();
            n = -1;
        }
    }

    private void ExecuteTogether(Warp warp, int pc, uint members, uint lanes)
    {
        var i = _code + pc;
        IsSound(warp, i, lanes, members);
        i->Execute(this, warp.Registers, i, lanes);
    }

    /// <summary>Whether two places hold the same warp operation, so that lanes at either meet, as the hardware lets them.</summary>
    private bool IsSameOperation(int pc, int other) =>
        pc == other || (nint)_code[pc].Execute == (nint)_code[other].Execute && _code[pc].Mode == _code[other].Mode && !_code[pc].IsAligned
        && _code[pc].IsExchange && _code[other].IsExchange;

    /// <summary>Executes one warp operation whose lanes stand at different places: the operands of each lane are brought to those of the first
    /// place, and its results back.</summary>
    private void Exchange(Warp warp, int pc, uint members, uint lanes)
    {
        var r = warp.Registers;
        var first = _code + pc;
        var copy = *first;
        // A private set of operands: sources gathered lane by lane, destinations scattered behind.
        var room = (uint*)(Scratch + ScratchBytes / 2);
        int At(int slot) => (int)((byte*)(room + slot * 2 * Lanes.Count) - r);
        (copy.D, copy.D2, copy.A, copy.B, copy.C, copy.Members) = (At(0), At(1), At(2), At(3), At(4), At(5));
        for (var n = 0; n < warp.Count; n++)
        {
            if (warp[n].State != GroupState.Converging || warp[n].Members != members || !IsSameOperation(pc, warp[n].Pc))
                continue;
            var i = _code + warp[n].Pc;
            CopyOperand(r, copy.A, i->A, warp[n].Lanes, first->SourceKind);
            CopyOperand(r, copy.B, i->B, warp[n].Lanes, OperandKind.Narrow);
            CopyOperand(r, copy.C, i->C, warp[n].Lanes, OperandKind.Narrow);
            CopyOperand(r, copy.Members, i->Members, warp[n].Lanes, OperandKind.Narrow);
            if (first->SourceKind == OperandKind.Predicate && i->E != first->E)
                *(uint*)(r + copy.A) ^= warp[n].Lanes;
        }
        IsSound(warp, first, lanes, members);
        copy.Execute(this, r, &copy, lanes);
        for (var n = 0; n < warp.Count; n++)
        {
            if (warp[n].State != GroupState.Converging || warp[n].Members != members || !IsSameOperation(pc, warp[n].Pc))
                continue;
            var i = _code + warp[n].Pc;
            CopyOperand(r, i->D, copy.D, warp[n].Lanes, first->ResultKind);
            CopyOperand(r, i->D2, copy.D2, warp[n].Lanes, OperandKind.Predicate);
        }
    }

    private static void CopyOperand(byte* r, int to, int from, uint lanes, OperandKind kind)
    {
        if (kind == OperandKind.Predicate)
        {
            Comparison.Write((uint*)(r + to), *(uint*)(r + from), lanes);
            return;
        }
        for (var rest = lanes; rest != 0; rest &= rest - 1)
        {
            var lane = BitOperations.TrailingZeroCount(rest);
            if (kind == OperandKind.Wide)
                ((ulong*)(r + to))[lane] = ((ulong*)(r + from))[lane];
            else
                ((uint*)(r + to))[lane] = ((uint*)(r + from))[lane];
        }
    }
}
