namespace Mimir.Kernels.Devices.Driver.Emulated;

/// <summary>A stream. Its work is done when it is submitted, or recorded while it takes part in a capture.</summary>
internal sealed class EmulatedStream(bool isBlocking)
{
    /// <summary>Whether it is ordered with stream 0.</summary>
    public bool IsBlocking { get; } = isBlocking;

    /// <summary>The capture that it takes part in.</summary>
    public EmulatedCapture? Capture { get; set; }

    /// <summary>Pieces of work submitted so far.</summary>
    public long Submitted { get; set; }

    /// <summary>Modelled seconds at which its last work ended.</summary>
    public double Clock { get; set; }
}

/// <summary>An event: a place in a stream.</summary>
internal sealed class EmulatedEvent(bool measures)
{
    /// <summary>Whether it can give times.</summary>
    public bool Measures { get; } = measures;

    /// <summary>Modelled seconds of the last record; null before one.</summary>
    public double? Time { get; set; }

    /// <summary>The capture in which it was last recorded; null outside.</summary>
    public EmulatedCapture? Capture { get; set; }

    /// <summary>The stream that it was last recorded in.</summary>
    public EmulatedStream? Stream { get; set; }

    /// <summary>What that stream had submitted then.</summary>
    public long Submitted { get; set; }
}

/// <summary>A capture in progress.</summary>
/// <param name="origin">The stream that it began in and has to end in.</param>
/// <param name="mode">What is forbidden meanwhile.</param>
internal sealed class EmulatedCapture(EmulatedStream origin, CaptureMode mode)
{
    /// <summary>The stream that it began in.</summary>
    public EmulatedStream Origin { get; } = origin;

    /// <summary>What is forbidden meanwhile.</summary>
    public CaptureMode Mode { get; } = mode;

    /// <summary>What was recorded.</summary>
    public EmulatedGraph Graph { get; } = new();

    /// <summary>Whether something forbidden ended it.</summary>
    public bool IsInvalidated { get; set; }

    /// <summary>Streams that joined by waiting for one of its events, with what they had submitted when the origin last waited for them.</summary>
    public Dictionary<EmulatedStream, long> Forked { get; } = [];

    /// <summary>Whether some stream's last work is not waited for by the origin.</summary>
    public bool IsUnjoined => Forked.Any(fork => fork.Key.Submitted != fork.Value);
}

/// <summary>Recorded work. What is allocated in it has the same address in every replay, and belongs to it if it is freed in it too.</summary>
internal sealed class EmulatedGraph
{
    /// <summary>The work in order.</summary>
    public List<EmulatedCommand> Commands { get; } = [];

    /// <summary>Addresses that were allocated in it and not freed.</summary>
    public HashSet<ulong> Allocated { get; } = [];

    /// <summary>Addresses that were freed in it too: they go with it.</summary>
    public List<ulong> Memory { get; } = [];

    /// <summary>Handles that need it: the graph's and its executables'.</summary>
    public int Users { get; set; }

    /// <summary>Whether the other's work differs in its arguments only.</summary>
    public bool HasFormOf(EmulatedGraph other) =>
        Commands.Select(command => command.Form).SequenceEqual(other.Commands.Select(command => command.Form));
}

/// <summary>A graph made ready to launch.</summary>
internal sealed class EmulatedExecutable(EmulatedGraph graph)
{
    /// <summary>What it runs.</summary>
    public EmulatedGraph Graph { get; set; } = graph;
}
