using Mimir.Kernels.Ptx.Emulation;
using Mimir.Runtime.Emulation;

namespace Mimir.Cli.Reports;

/// <summary>What a kernel executed and moved.</summary>
/// <param name="Kernel">The kernel.</param>
/// <param name="Grid">Blocks, [x, y, z].</param>
/// <param name="Block">Threads of a block.</param>
/// <param name="SharedBytes">Shared memory of a block, static and dynamic.</param>
/// <param name="Launches">Launches that the figures cover.</param>
/// <param name="WarpInstructions">Warp instructions issued.</param>
/// <param name="LaneInstructions">Lanes that executed them.</param>
/// <param name="AverageActiveLanes">Lanes a warp instruction, of 32.</param>
/// <param name="Branches">Conditional branches run by warps.</param>
/// <param name="DivergentBranches">Of those, the ones at which lanes parted.</param>
/// <param name="BranchEfficiency">Share at which they did not.</param>
/// <param name="Classes">Instructions by class.</param>
/// <param name="Global">Global memory.</param>
/// <param name="Shared">Shared memory.</param>
/// <param name="LocalBytes">Bytes of local memory moved.</param>
/// <param name="Barriers">Times that a warp waited at a barrier.</param>
/// <param name="AsyncCopyBytes">Bytes that cp.async brought.</param>
/// <param name="AsyncCopyGroups">Groups of it.</param>
/// <param name="AsyncCopyDepth">Groups in flight at a wait, mean.</param>
/// <param name="Flops">Floating-point operations.</param>
/// <param name="TensorFlops">Of those, the ones of tensor cores.</param>
/// <param name="MemoryBytes">Bytes that DRAM must move at least.</param>
/// <param name="ArithmeticIntensity">Operations a byte.</param>
/// <param name="RegistersEstimate">Registers a thread, estimated by the values that are live at once.</param>
/// <param name="Occupancy">Theoretical, with so many registers, by architecture.</param>
/// <param name="Lines">Every instruction that was executed; empty where the figures cover a whole step.</param>
internal sealed record CountersReport(
    string Kernel, int[] Grid, int[] Block, int SharedBytes, long Launches, long WarpInstructions, long LaneInstructions, double AverageActiveLanes, long Branches,
    long DivergentBranches, double BranchEfficiency, IReadOnlyDictionary<string, ClassReport> Classes, GlobalTrafficReport Global, SharedTrafficReport Shared, long LocalBytes,
    long Barriers, long AsyncCopyBytes, long AsyncCopyGroups, double AsyncCopyDepth, long Flops, long TensorFlops, long MemoryBytes, double ArithmeticIntensity,
    int RegistersEstimate, IReadOnlyList<OccupancyReport> Occupancy, IReadOnlyList<LineReport> Lines)
{
    /// <summary>Counters as JSON takes them.</summary>
    public static CountersReport Of(CountedKernel kernel) => Of(kernel.Counters, kernel);

    private static CountersReport Of(KernelCounters c, CountedKernel kernel) => new(
        c.Kernel, DiagnosticReport.Sizes(c.Grid)!, DiagnosticReport.Sizes(c.Block)!, c.SharedBytes, c.Launches, c.Instructions.Warps, c.Instructions.Lanes, c.AverageActiveLanes,
        c.Branches, c.DivergentBranches, c.BranchEfficiency,
        c.Classes.OrderByDescending(pair => pair.Value.Warps).ToDictionary(pair => Options.OptionText.Word(pair.Key), pair => new ClassReport(pair.Value.Warps, pair.Value.Lanes)),
        new GlobalTrafficReport(
            c.Global.Requests, c.Global.Sectors, c.Global.IdealSectors, c.Global.SectorsPerRequest, c.Global.Lines, c.Global.BytesAsked, c.Global.Efficiency,
            c.Global.AtomicAddresses, c.Global.AtomicConflicts),
        new SharedTrafficReport(c.Shared.Requests, c.Shared.Wavefronts, c.Shared.IdealWavefronts, c.Shared.BankConflicts),
        c.LocalBytes, c.Barriers, c.AsyncCopyBytes, c.AsyncCopyGroups, c.AsyncCopyDepth, c.Flops, c.TensorFlops, c.MemoryBytes, c.ArithmeticIntensity, kernel.Registers,
        [.. kernel.Occupancies.Select(one => new OccupancyReport(one.Target, one.Blocks, one.Warps, one.Fraction, one.LimitedBy))],
        [.. c.Lines.Select(line => new LineReport(
            line.Line, line.Text, line.Warps, line.Lanes, line.Sectors, line.IdealSectors, line.Wavefronts, line.Conflicts, line.DivergentBranches))]);
}

/// <summary>Instructions of a class.</summary>
/// <param name="Warps">Warp instructions.</param>
/// <param name="Lanes">Lane instructions.</param>
internal sealed record ClassReport(long Warps, long Lanes);

/// <summary>Global memory.</summary>
/// <param name="Requests">Warp instructions that access it.</param>
/// <param name="Sectors">32-byte sectors that they touch.</param>
/// <param name="IdealSectors">As many as contiguous, aligned accesses to the same bytes would touch.</param>
/// <param name="SectorsPerRequest">Sectors a request.</param>
/// <param name="Lines">128-byte lines.</param>
/// <param name="BytesAsked">Distinct bytes that lanes ask for.</param>
/// <param name="Efficiency">Bytes asked for over bytes moved.</param>
/// <param name="AtomicAddresses">Distinct addresses of atomics.</param>
/// <param name="AtomicConflicts">Lanes of atomics that queue behind another.</param>
internal sealed record GlobalTrafficReport(
    long Requests, long Sectors, long IdealSectors, double SectorsPerRequest, long Lines, long BytesAsked, double Efficiency, long AtomicAddresses, long AtomicConflicts);

/// <summary>Shared memory.</summary>
/// <param name="Requests">Warp instructions that access it.</param>
/// <param name="Wavefronts">Passes over the banks.</param>
/// <param name="IdealWavefronts">Passes without conflicts.</param>
/// <param name="BankConflicts">The difference.</param>
internal sealed record SharedTrafficReport(long Requests, long Wavefronts, long IdealWavefronts, long BankConflicts);

/// <summary>How many blocks fit on a multiprocessor.</summary>
/// <param name="Target">NN of sm_NN.</param>
/// <param name="Blocks">Blocks a multiprocessor.</param>
/// <param name="Warps">Warps a multiprocessor.</param>
/// <param name="Fraction">Of the most it can hold.</param>
/// <param name="LimitedBy">What is used up first.</param>
internal sealed record OccupancyReport(int Target, int Blocks, int Warps, double Fraction, OccupancyLimit LimitedBy);

/// <summary>An instruction of a kernel.</summary>
/// <param name="Line">Its line in the file.</param>
/// <param name="Text">The opcode with its modifiers.</param>
/// <param name="Warps">Warp instructions issued.</param>
/// <param name="Lanes">Lanes that executed it.</param>
/// <param name="Sectors">Global sectors.</param>
/// <param name="IdealSectors">If coalesced.</param>
/// <param name="Wavefronts">Shared-memory passes.</param>
/// <param name="BankConflicts">Of those, the ones that conflicts cost.</param>
/// <param name="DivergentBranches">Times that lanes parted.</param>
internal sealed record LineReport(
    int Line, string Text, long Warps, long Lanes, long Sectors, long IdealSectors, long Wavefronts, long BankConflicts, long DivergentBranches);
