using Mimir.Kernels.Ptx.Emulation;
using Mimir.Runtime.Benchmarks;

namespace Mimir.Cli.Output;

/// <summary>What the kernels of a step do, a row an entry.</summary>
internal static class StepCountersTable
{
    private static readonly (string Title, InstructionClass[] Classes)[] s_mix =
    [
        ("fp32", [InstructionClass.Float32, InstructionClass.SpecialFunction]),
        ("tensor", [InstructionClass.Tensor]),
        ("integer", [InstructionClass.Integer, InstructionClass.Logic]),
        ("memory", [
            InstructionClass.LoadGlobal, InstructionClass.StoreGlobal, InstructionClass.LoadShared, InstructionClass.StoreShared, InstructionClass.LoadLocal, InstructionClass.StoreLocal,
            InstructionClass.LoadConstant, InstructionClass.AsyncCopy, InstructionClass.Atomic,
        ]),
    ];

    /// <summary>Writes the table, and the step in a line.</summary>
    public static void Write(StepCounters step, TextWriter output)
    {
        var table = new TextTable([
            ("kernel", false), ("launches", true), ("warp instr.", true), .. s_mix.Select(kind => (kind.Title, true)), ("lanes", true), ("branches together", true),
            ("sectors/request", true), ("coalesced", true), ("conflicts", true), ("MFLOP", true), ("MB", true), ("FLOP/byte", true), ("registers*", true), ("occupancy* sm_80", true), ("sm_90", true),
        ]);
        foreach (var kernel in step.Kernels)
        {
            var c = kernel.Counters;
            table.Add([
                c.Kernel, $"{c.Launches}", $"{c.Instructions.Warps}", .. s_mix.Select(kind => $"{100 * Share(c, kind.Classes):0} %"), $"{c.AverageActiveLanes:0.0}",
                $"{100 * c.BranchEfficiency:0.0} %", $"{c.Global.SectorsPerRequest:0.00}", $"{100.0 * c.Global.IdealSectors / Math.Max(1, c.Global.Sectors):0} %", $"{c.Shared.BankConflicts}",
                $"{c.Flops / 1e6:0.0}", $"{c.MemoryBytes / 1e6:0.0}", $"{c.ArithmeticIntensity:0.0}", $"{kernel.Registers}", .. kernel.Occupancies.Select(one => $"{100 * one.Fraction:0} %"),
            ]);
        }

        table.Write(output);
        output.WriteLine("* estimates: registers by the values that are live at once, and the occupancy that they allow; only the vendor's assembler knows");
        output.WriteLine(
            $"{step.Case}: {step.Kernels.Sum(kernel => kernel.Counters.Launches)} launches, {step.Kernels.Sum(kernel => kernel.Counters.Instructions.Warps) / 1e6:0.0} M warp instructions, "
                + $"{step.Kernels.Sum(kernel => kernel.Counters.Flops) / 1e9:0.00} GFLOP; emulated in {step.Seconds:0.0} s, which says nothing of a GPU's time");
    }

    private static double Share(KernelCounters counters, InstructionClass[] classes) =>
        (double)classes.Sum(kind => counters.Classes.TryGetValue(kind, out var count) ? count.Warps : 0) / Math.Max(1, counters.Instructions.Warps);
}
