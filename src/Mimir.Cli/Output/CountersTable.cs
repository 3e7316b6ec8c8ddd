using Mimir.Cli.Options;
using Mimir.Kernels.Ptx.Emulation;
using Mimir.Runtime.Emulation;

namespace Mimir.Cli.Output;

/// <summary>What a kernel executed and moved, in tables.</summary>
internal static class CountersTable
{
    private const int WorstLines = 10;

    /// <summary>Writes the figures of the whole kernel, its instructions by class, and its worst lines.</summary>
    public static void Write(CountedKernel kernel, TextWriter output)
    {
        var counters = kernel.Counters;
        output.WriteLine();
        Figures(counters, kernel).Write(output);
        output.WriteLine();
        Classes(counters).Write(output);
        output.WriteLine();
        output.WriteLine("the worst lines: more sectors than needed, bank conflicts, divergence, then the most executed");
        Worst(counters).Write(output);
    }

    private static TextTable Figures(KernelCounters c, CountedKernel kernel)
    {
        var table = new TextTable(("", false), ("", true), ("", false));
        table.Add("warp instructions", $"{c.Instructions.Warps}", $"{c.AverageActiveLanes:0.0} of 32 lanes active");
        table.Add("branches", $"{c.Branches}", $"{100 * c.BranchEfficiency:0.0} % without divergence");
        table.Add("global requests", $"{c.Global.Requests}", $"{c.Global.SectorsPerRequest:0.00} sectors a request, {100 * c.Global.Efficiency:0.0} % of the bytes moved were asked for");
        table.Add("global sectors", $"{c.Global.Sectors}", $"{c.Global.IdealSectors} if coalesced");
        table.Add("shared requests", $"{c.Shared.Requests}", $"{c.Shared.Wavefronts} wavefronts, {c.Shared.BankConflicts} of them bank conflicts");
        if (c.Global.AtomicAddresses > 0)
            table.Add("atomic addresses", $"{c.Global.AtomicAddresses}", $"{c.Global.AtomicConflicts} lanes waited for another at theirs");
        if (c.LocalBytes > 0)
            table.Add("local memory", $"{c.LocalBytes}", "bytes: spills or arrays");
        if (c.AsyncCopyBytes > 0)
            table.Add("cp.async", $"{c.AsyncCopyBytes}", $"bytes in {c.AsyncCopyGroups} groups, {c.AsyncCopyDepth:0.0} in flight at a wait");
        if (c.Barriers > 0)
            table.Add("barriers", $"{c.Barriers}", "waits of a warp");
        table.Add("operations", $"{c.Flops}", c.TensorFlops > 0 ? $"{100.0 * c.TensorFlops / c.Flops:0.0} % on tensor cores" : "none on tensor cores");
        table.Add("memory", $"{c.MemoryBytes}", $"bytes at least, {c.ArithmeticIntensity:0.00} operations a byte");
        table.Add("shared memory", $"{c.SharedBytes}", "bytes a block");
        table.Add("registers", $"{kernel.Registers}", "estimated by live values: a lower bound");
        foreach (var occupancy in kernel.Occupancies)
            table.Add($"occupancy sm_{occupancy.Target}", $"{100 * occupancy.Fraction:0} %", $"estimate: {occupancy.Blocks} blocks, {occupancy.Warps} warps, limited by {OptionText.Word(occupancy.LimitedBy)}");
        return table;
    }

    private static TextTable Classes(KernelCounters c)
    {
        var table = new TextTable(("instructions", false), ("warps", true), ("lanes", true), ("of all", true));
        foreach (var (kind, count) in c.Classes.OrderByDescending(pair => pair.Value.Warps))
            table.Add(OptionText.Word(kind), $"{count.Warps}", $"{count.Lanes}", $"{100.0 * count.Warps / c.Instructions.Warps:0.0} %");
        return table;
    }

    private static TextTable Worst(KernelCounters c)
    {
        var table = new TextTable(
            ("line", true), ("instruction", false), ("warps", true), ("lanes", true), ("sectors", true), ("ideal", true), ("wavefronts", true), ("conflicts", true), ("diverged", true));
        var worst = c.Lines.OrderByDescending(line => line.Sectors - line.IdealSectors + line.Conflicts + line.DivergentBranches).ThenByDescending(line => line.Warps);
        foreach (var line in worst.Take(WorstLines))
        {
            table.Add(
                $"{line.Line}", line.Text, $"{line.Warps}", $"{line.Lanes}", Number(line.Sectors), Number(line.IdealSectors), Number(line.Wavefronts), Number(line.Conflicts),
                Number(line.DivergentBranches));
        }

        return table;
    }

    private static string Number(long value) => value == 0 ? "" : $"{value}";
}
