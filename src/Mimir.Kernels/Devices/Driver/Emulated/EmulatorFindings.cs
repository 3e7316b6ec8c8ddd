using Mimir.Kernels.Ptx;
using Mimir.Kernels.Ptx.Emulation;

namespace Mimir.Kernels.Devices.Driver.Emulated;

/// <summary>What the emulator found and counted since it began or was last cleared.</summary>
public sealed class EmulatorFindings
{
    private const int MostDiagnostics = 1000;
    private readonly Lock _lock = new();
    private readonly List<PtxDiagnostic> _diagnostics = [];
    private readonly List<(PtxFunction Kernel, KernelCounters Counters)> _launches = [];
    private long _instructions;
    private double _seconds;

    /// <summary>Everything found, in order; beyond a thousand only the count of what is wrong matters.</summary>
    public IReadOnlyList<PtxDiagnostic> Diagnostics
    {
        get
        {
            lock (_lock)
                return [.. _diagnostics];
        }
    }

    /// <summary>The counters of every launch, in order; empty unless the options ask for them.</summary>
    public IReadOnlyList<KernelCounters> Counters => [.. Launches.Select(launch => launch.Counters)];

    /// <summary>The same with the kernels.</summary>
    public IReadOnlyList<(PtxFunction Kernel, KernelCounters Counters)> Launches
    {
        get
        {
            lock (_lock)
                return [.. _launches];
        }
    }

    /// <summary>Lane instructions that kernels executed.</summary>
    public long Instructions
    {
        get
        {
            lock (_lock)
                return _instructions;
        }
    }

    /// <summary>Seconds that the emulation of kernels took.</summary>
    public double Seconds
    {
        get
        {
            lock (_lock)
                return _seconds;
        }
    }

    /// <summary>Begins anew.</summary>
    public void Clear()
    {
        lock (_lock)
        {
            _diagnostics.Clear();
            _launches.Clear();
            (_instructions, _seconds) = (0, 0);
        }
    }

    internal void Add(PtxFunction kernel, LaunchResult launch)
    {
        lock (_lock)
        {
            _diagnostics.AddRange(launch.Diagnostics.Take(MostDiagnostics - _diagnostics.Count));
            if (launch.Counters is not null)
                _launches.Add((kernel, launch.Counters));
            _instructions += launch.Instructions;
            _seconds += launch.Seconds;
        }
    }

    internal void Add(PtxSeverity severity, string kind, string message, ulong? address = null, string? allocation = null)
    {
        lock (_lock)
        {
            if (_diagnostics.Count < MostDiagnostics)
                _diagnostics.Add(new PtxDiagnostic { Severity = severity, Kind = kind, Message = message, Address = address, Allocation = allocation });
        }
    }
}
