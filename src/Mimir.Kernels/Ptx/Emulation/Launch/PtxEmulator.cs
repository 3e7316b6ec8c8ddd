using System.Diagnostics;

namespace Mimir.Kernels.Ptx.Emulation;

/// <summary>Runs kernels on an emulated GPU.</summary>
/// <param name="memory">Its memory.</param>
/// <param name="options">How it runs and what it checks.</param>
public sealed class PtxEmulator(EmulatedMemory memory, EmulatorOptions options)
{
    /// <summary>Runs a kernel to its end.</summary>
    /// <param name="module">The loaded module that holds it.</param>
    /// <param name="kernel">The entry.</param>
    /// <param name="grid">Blocks.</param>
    /// <param name="block">Threads of a block.</param>
    /// <param name="dynamicSharedBytes">Dynamic shared memory of a block.</param>
    /// <param name="parameters">The parameter block, laid out as the entry declares it.</param>
    /// <returns>Findings, counters and time. What a kernel does wrong is a finding, never an exception.</returns>
    /// <exception cref="ArgumentException">Grid, block, shared memory or parameters that no device would accept.</exception>
    /// <exception cref="PtxException">The kernel cannot be executed: it calls a function without a body, or itself.</exception>
    public LaunchResult Launch(
        EmulatedModule module, PtxFunction kernel, Dim3 grid, Dim3 block, int dynamicSharedBytes, ReadOnlySpan<byte> parameters)
    {
        LaunchLimits.Check(kernel, grid, block, dynamicSharedBytes, parameters.Length);
        var start = Stopwatch.GetTimestamp();
        var compiled = module.Compile(kernel);
        var context = new LaunchContext
        {
            Module = module.Module,
            Kernel = kernel,
            Instructions = compiled.Instructions,
            Grid = grid,
            Block = block,
            DynamicSharedOffset = compiled.DynamicSharedOffset,
            SharedBytes = dynamicSharedBytes > 0 ? compiled.DynamicSharedOffset + dynamicSharedBytes : compiled.StaticSharedBytes,
            LocalBytes = compiled.LocalBytes,
            Memory = memory,
            Parameters = parameters.ToArray(),
            Options = options,
        };
        using var launch = new LaunchWorkers(compiled, context, parameters);
        launch.Run();
        var executed = launch.Executed();
        var findings = MonitorFactory.Collect(context, launch.Monitors, launch.Logs, executed);
        var instructions = executed.Sum(count => count.Lanes);
        return new LaunchResult(findings.Diagnostics, findings.Counters, instructions, Stopwatch.GetElapsedTime(start).TotalSeconds);
    }
}
