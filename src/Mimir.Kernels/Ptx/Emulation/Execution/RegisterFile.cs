using System.Runtime.InteropServices;

namespace Mimir.Kernels.Ptx.Emulation;

/// <summary>What a warp's register file holds when a block starts.</summary>
internal static unsafe class RegisterFile
{
    /// <summary>Fills constants, parameters and what does not change from block to block; everything else is 0.</summary>
    public static void Prepare(Warp warp, int bytes, CompiledKernel kernel, BlockRunner runner)
    {
        var r = warp.Registers;
        NativeMemory.Clear(r, (nuint)bytes);
        *(uint*)(r + RegisterLayout.True) = Lanes.All;
        foreach (var (value, isWide, place) in kernel.Layout.Constants)
            Broadcast(r + place, value, isWide);
        foreach (var parameter in kernel.Parameters)
            Broadcast(r + parameter.Place, Load(runner.Parameters + parameter.Offset, parameter.Type), parameter.IsWide);
        foreach (var (register, isWide, place) in kernel.Layout.Specials)
        {
            for (var lane = 0; lane < Lanes.Count; lane++)
                Set(r + place, lane, OfThread(register, warp.Number * Lanes.Count + lane, runner.Context), isWide);
        }
    }

    /// <summary>Fills what the block decides, and clears the registers that the code may read before it writes them, so that what a
    /// block leaves never reaches another.</summary>
    public static void BeginBlock(Warp warp, CompiledKernel kernel, BlockRunner runner)
    {
        var r = warp.Registers;
        *(uint*)(r + RegisterLayout.Carry) = 0;
        foreach (var (place, bytes) in kernel.Cleared)
            NativeMemory.Clear(r + place, (nuint)bytes);
        foreach (var (register, isWide, place) in kernel.Layout.Specials)
        {
            if (OfBlock(register, runner) is { } value)
                Broadcast(r + place, value, isWide);
        }
    }

    private static void Set(byte* place, int lane, ulong value, bool isWide)
    {
        if (isWide)
            ((ulong*)place)[lane] = value;
        else
            ((uint*)place)[lane] = (uint)value;
    }

    private static void Broadcast(byte* place, ulong value, bool isWide)
    {
        if (isWide)
            new Span<ulong>(place, Lanes.Count).Fill(value);
        else
            new Span<uint>(place, Lanes.Count).Fill((uint)value);
    }

    private static ulong Load(byte* source, PtxType type) => type switch
    {
        PtxType.S8 => (ulong)*(sbyte*)source,
        PtxType.S16 => (ulong)*(short*)source,
        PtxType.S32 => (ulong)*(int*)source,
        _ when type.Bytes() == 1 => *source,
        _ when type.Bytes() == 2 => *(ushort*)source,
        _ when type.Bytes() == 4 => *(uint*)source,
        _ => *(ulong*)source,
    };

    private static ulong? OfBlock(SpecialRegister register, BlockRunner runner) => register switch
    {
        SpecialRegister.CtaidX => (uint)runner.Block.X,
        SpecialRegister.CtaidY => (uint)runner.Block.Y,
        SpecialRegister.CtaidZ => (uint)runner.Block.Z,
        SpecialRegister.SmId => (uint)(runner.Context.NumberOf(runner.Block) % Multiprocessors),
        _ => null,
    };

    private static ulong OfThread(SpecialRegister register, int number, LaunchContext context)
    {
        var lane = number % Lanes.Count;
        var thread = context.ThreadOf(number);
        return register switch
        {
            SpecialRegister.TidX => (uint)thread.X,
            SpecialRegister.TidY => (uint)thread.Y,
            SpecialRegister.TidZ => (uint)thread.Z,
            SpecialRegister.NtidX => (uint)context.Block.X,
            SpecialRegister.NtidY => (uint)context.Block.Y,
            SpecialRegister.NtidZ => (uint)context.Block.Z,
            SpecialRegister.NctaidX => (uint)context.Grid.X,
            SpecialRegister.NctaidY => (uint)context.Grid.Y,
            SpecialRegister.NctaidZ => (uint)context.Grid.Z,
            SpecialRegister.LaneId => (uint)lane,
            SpecialRegister.WarpId => (uint)(number / Lanes.Count),
            SpecialRegister.NWarpId => (uint)context.Warps,
            SpecialRegister.NSmId => Multiprocessors,
            SpecialRegister.LaneMaskEq => 1u << lane,
            SpecialRegister.LaneMaskLt => (1u << lane) - 1,
            SpecialRegister.LaneMaskLe => (2u << lane) - 1,
            SpecialRegister.LaneMaskGt => ~((2u << lane) - 1),
            SpecialRegister.LaneMaskGe => ~((1u << lane) - 1),
            SpecialRegister.DynamicSmemSize => (uint)(context.SharedBytes - context.DynamicSharedOffset),
            SpecialRegister.TotalSmemSize => (uint)context.SharedBytes,
            _ => 0,
        };
    }

    /// <summary>Of the device that is emulated, sm_80.</summary>
    private const uint Multiprocessors = 108;
}
