namespace Mimir.Cli;

/// <summary>What the process returns.</summary>
internal static class ExitCode
{
    /// <summary>Everything asked for was done.</summary>
    public const int Done = 0;

    /// <summary>Something went wrong on the way, or a verification found a difference.</summary>
    public const int Failed = 1;

    /// <summary>The command line cannot be carried out as it stands.</summary>
    public const int Usage = 2;

    /// <summary>Stopped by a signal, with the state saved where there is one.</summary>
    public const int Interrupted = 130;
}
