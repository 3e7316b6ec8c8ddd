namespace Mimir.Cli.Output;

/// <summary>Where running work says how far it is.</summary>
internal interface IProgressDisplay
{
    /// <summary>How far the work is, in [0, 1], and a few words about it. May be called often: displays show the latest when they redraw.</summary>
    void Report(double share, string words);

    /// <summary>Whether <see cref="Report"/> would be shown now; spares making the words.</summary>
    bool WantsReport { get; }

    /// <summary>A line that stays.</summary>
    void Line(string text);
}

/// <summary>Chooses the display: a live bar on a terminal, plain lines elsewhere.</summary>
internal static class ProgressDisplay
{
    /// <summary>Runs work under a display.</summary>
    /// <param name="context">Its error writer shows it.</param>
    /// <param name="interval">Seconds between lines that <see cref="IProgressDisplay.Report"/> writes where there is no terminal; infinite for none.</param>
    /// <param name="work">The work.</param>
    public static T Run<T>(CliContext context, double interval, Func<IProgressDisplay, T> work) =>
        context.Interactive ? LiveProgress.Run(context.Error, work) : work(new PlainProgress(context.Error, interval));
}

/// <summary>Progress as plain lines.</summary>
internal sealed class PlainProgress(TextWriter output, double interval) : IProgressDisplay
{
    private long _last = Environment.TickCount64;

    /// <inheritdoc/>
    public bool WantsReport => Environment.TickCount64 - _last >= interval * 1000;

    /// <inheritdoc/>
    public void Report(double share, string words)
    {
        if (!WantsReport)
            return;
        _last = Environment.TickCount64;
        output.WriteLine(words);
    }

    /// <inheritdoc/>
    public void Line(string text) => output.WriteLine(text);
}
