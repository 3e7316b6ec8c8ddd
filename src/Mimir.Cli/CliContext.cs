namespace Mimir.Cli;

/// <summary>What a command talks to.</summary>
/// <param name="Out">Receives results: text, or one JSON document.</param>
/// <param name="Error">Receives progress and messages.</param>
/// <param name="Interactive">Whether <paramref name="Error"/> is a terminal that can be redrawn.</param>
/// <param name="CatchSignals">Whether SIGINT and SIGTERM stop a run gently.</param>
/// <param name="Cancellation">Stops a run gently, as a signal does.</param>
internal sealed record CliContext(
    TextWriter Out, TextWriter Error, bool Interactive = false, bool CatchSignals = false, CancellationToken Cancellation = default)
{
    /// <summary>The console of this process.</summary>
    public static CliContext OfProcess() => new(
        Console.Out, Console.Error, !Console.IsErrorRedirected && Environment.GetEnvironmentVariable("TERM") != "dumb", CatchSignals: true);
}
