namespace Mimir.Cli.Reports;

/// <summary>What can be used here.</summary>
/// <param name="Devices">Every kind of device.</param>
internal sealed record DevicesReport(IReadOnlyList<DeviceReport> Devices) : Report;

/// <summary>A kind of device.</summary>
/// <param name="Name">What <c>--device</c> takes.</param>
/// <param name="Usable">Whether it can be used.</param>
/// <param name="Description">What it is, or why it cannot be used.</param>
/// <param name="PeakGflops">Measured multiply-add peak of all threads, in GFLOP/s.</param>
/// <param name="MemoryBytes">Memory.</param>
/// <param name="LaneInstructionsPerSecond">Of the emulator, measured.</param>
internal sealed record DeviceReport(
    string Name, bool Usable, string Description, double? PeakGflops, long? MemoryBytes, double? LaneInstructionsPerSecond = null);
