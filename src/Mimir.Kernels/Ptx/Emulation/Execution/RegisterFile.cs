using System.Runtime.InteropServices;

namespace Mimir.Kernels.Ptx.Emulation;

/// <summary>A warp's register file at the start of a block.</summary>
internal static unsafe class RegisterFile
{
    /// <summary>Fills constants, parameters and special registers; everything else is 0.</summary>
    public static void Fill(Warp warp, int bytes, CompiledKernel kernel, BlockRunner runner)
    {
        var r = warp.Registers;
        NativeMemory.Clear(r, (nuint)bytes);
        *(uint*)(r + RegisterLayout.True) = Lanes.All;
        foreach (var (value, isWide, place) in kernel.Layout.Constants)
            Broadcast(r + place, value, isWide);
        foreach (var parameter in kernel.Parameters)
            Broadcast(r + parameter.Place, Load(runner.Parameters + parameter.Offset, parameter.Type), parameter.IsWide);
        foreach (var (register, isWide, place) in kernel.Layout.Specials)
            FillSpecial(warp, register, r + place, isWide, runner);
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

    private static void FillSpecial(Warp warp, SpecialRegister register, byte* place, bool isWide, BlockRunner runner)
    {
        for (var lane = 0; lane < Lanes.Count; lane++)
        {
            var value = Value(register, warp.Number * Lanes.Count + lane, runner);
            if (isWide)
                ((ulong*)place)[lane] = value;
            else
                ((uint*)place)[lane] = (uint)value;
        }
    }

    private static ulong Value(SpecialRegister register, int number, BlockRunner runner)
    {
        var context = runner.Context;
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
            SpecialRegister.CtaidX => (uint)runner.Block.X,
            SpecialRegister.CtaidY => (uint)runner.Block.Y,
            SpecialRegister.CtaidZ => (uint)runner.Block.Z,
            SpecialRegister.NctaidX => (uint)context.Grid.X,
            SpecialRegister.NctaidY => (uint)context.Grid.Y,
            SpecialRegister.NctaidZ => (uint)context.Grid.Z,
            SpecialRegister.LaneId => (uint)lane,
            SpecialRegister.WarpId => (uint)(number / Lanes.Count),
            SpecialRegister.NWarpId => (uint)context.Warps,
            SpecialRegister.SmId => (uint)(context.NumberOf(runner.Block) % Multiprocessors),
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
