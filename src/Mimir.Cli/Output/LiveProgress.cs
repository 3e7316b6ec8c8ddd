using Spectre.Console;

namespace Mimir.Cli.Output;

/// <summary>Progress as a bar that is redrawn on a terminal.</summary>
internal sealed class LiveProgress : IProgressDisplay
{
    private const int RedrawMilliseconds = 250;

    private readonly IAnsiConsole _console;
    private readonly ProgressTask _task;
    private long _last;

    private LiveProgress(IAnsiConsole console, ProgressTask task) => (_console, _task) = (console, task);

    /// <summary>Runs work under a bar, which is gone afterwards.</summary>
    public static T Run<T>(TextWriter output, Func<IProgressDisplay, T> work)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(output) });
        var progress = console.Progress()
            .AutoClear(true)
            .HideCompleted(false)
            .Columns(new ProgressBarColumn { Width = 30 }, new PercentageColumn(), new TaskDescriptionColumn { Alignment = Justify.Left });
        progress.RefreshRate = TimeSpan.FromMilliseconds(RedrawMilliseconds);
        return progress.Start(context => work(new LiveProgress(console, context.AddTask("starting", maxValue: 1))));
    }

    /// <inheritdoc/>
    public bool WantsReport => Environment.TickCount64 - _last >= RedrawMilliseconds;

    /// <inheritdoc/>
    public void Report(double share, string words)
    {
        if (!WantsReport)
            return;
        _last = Environment.TickCount64;
        _task.Value = share;
        _task.Description = Markup.Escape(words);
    }

    /// <inheritdoc/>
    public void Line(string text) => _console.WriteLine(text);
}
