using System.Numerics;
using System.Runtime.Intrinsics;

namespace Mimir.Kernels.Ptx.Emulation;

/// <summary>cvta and isspacep.</summary>
internal static unsafe class GenericAddresses
{
    /// <summary>From a space's own address to the generic one.</summary>
    public static void FromSpace(BlockRunner runner, byte* r, DecodedInstruction* i, uint lanes)
    {
        for (var lane = 0; lane < Lanes.Count; lane += 8)
        {
            var value = Vector512.Load((ulong*)(r + i->A) + lane) + Vector512.Create((ulong)i->Offset);
            Elementwise.Blend((ulong*)(r + i->D) + lane, value, lanes, lane);
        }
    }

    /// <summary>From a generic address to the space's own; reports those that do not lie in it.</summary>
    public static void ToSpace(BlockRunner runner, byte* r, DecodedInstruction* i, uint lanes)
    {
        for (var rest = lanes; rest != 0; rest &= rest - 1)
        {
            var lane = BitOperations.TrailingZeroCount(rest);
            var address = ((ulong*)(r + i->A))[lane];
            // The end of an array may be converted, too.
            if (address - (ulong)i->Offset > AddressWindows.Bytes)
            {
                runner.Report(
                    PtxSeverity.Error, DiagnosticKinds.WrongSpace, i, lane,
                    $"the generic address 0x{address:x} does not lie in {i->Space.ToString().ToLowerInvariant()} memory", address);
            }
            ((ulong*)(r + i->D))[lane] = address - (ulong)i->Offset;
        }
    }

    public static void Test(BlockRunner runner, byte* r, DecodedInstruction* i, uint lanes)
    {
        var holds = 0u;
        for (var lane = 0; lane < Lanes.Count; lane++)
        {
            var address = ((ulong*)(r + i->A))[lane];
            var isConstant = i->Space == StateSpace.Const && runner.Context.Memory.Find(address) is { IsConstant: true };
            var isInside = i->Space switch
            {
                StateSpace.Const => isConstant,
                StateSpace.Global => AddressWindows.SpaceOf(address) == StateSpace.Global && runner.Context.Memory.Find(address) is not { IsConstant: true },
                _ => AddressWindows.SpaceOf(address) == i->Space,
            };
            holds |= isInside ? 1u << lane : 0;
        }
        Comparison.Write((uint*)(r + i->D), holds, lanes);
    }
}
