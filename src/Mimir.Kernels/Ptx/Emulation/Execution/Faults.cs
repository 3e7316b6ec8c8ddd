using System.Numerics;

namespace Mimir.Kernels.Ptx.Emulation;

/// <summary>Instructions that stop a launch or only tell the monitors.</summary>
internal static unsafe class Faults
{
    public static void Trap(BlockRunner runner, byte* r, DecodedInstruction* i, uint lanes) =>
        runner.Fail(DiagnosticKinds.Trap, i, BitOperations.TrailingZeroCount(lanes), "the kernel stops itself");

    public static void Assertion(BlockRunner runner, byte* r, DecodedInstruction* i, uint lanes) =>
        runner.Fail(DiagnosticKinds.Trap, i, BitOperations.TrailingZeroCount(lanes), "an assertion of the kernel failed");

    public static void Unresolved(BlockRunner runner, byte* r, DecodedInstruction* i, uint lanes) =>
        runner.Fail(DiagnosticKinds.Trap, i, BitOperations.TrailingZeroCount(lanes), "the called function has no body here");

    /// <summary>A constant address outside the parameter that it names.</summary>
    public static void ParameterOutOfRange(BlockRunner runner, byte* r, DecodedInstruction* i, uint lanes) =>
        runner.Fail(
            DiagnosticKinds.OutOfBounds, i, BitOperations.TrailingZeroCount(lanes),
            $"parameter load of {i->Bytes} bytes at {i->Offset}, outside the kernel's parameters ({runner.ParameterBytes} bytes)", (ulong)i->Offset);

    /// <summary>membar and fence: every access is visible at once here, so that only the race checker cares.</summary>
    public static void Fence(BlockRunner runner, byte* r, DecodedInstruction* i, uint lanes) =>
        runner.Monitor?.OnFence(i->Index, runner.Warp.Number, lanes, isGlobal: i->Mode == 1);
}
