namespace Mimir.Cli.Tests;

/// <summary>What a command line left behind: its exit code and what it wrote.</summary>
internal sealed record CommandRun(int Code, string Out, string Error)
{
    /// <summary>Runs a command line in this process.</summary>
    public static CommandRun Of(params string[] args) => Of(default(CancellationToken), args);

    /// <summary>Runs a command line that a token can stop, as a signal does.</summary>
    public static CommandRun Of(CancellationToken cancellation, params string[] args)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var code = CliApplication.Run(args, new CliContext(output, error, Cancellation: cancellation));
        return new CommandRun(code, output.ToString(), error.ToString());
    }

    /// <summary>Requires a failure that is told in exactly one line.</summary>
    public void RequireFailure(int code, string message)
    {
        Assert.Multiple(() =>
        {
            Assert.That(Error, Is.EqualTo($"mimir: {message}{Environment.NewLine}"));
            Assert.That(Out, Is.Empty);
            Assert.That(Code, Is.EqualTo(code));
        });
    }

    /// <summary>Requires that the command line was refused in one line that begins so.</summary>
    public void RequireUsage(string message)
    {
        Assert.Multiple(() =>
        {
            Assert.That(Error, Does.StartWith($"mimir: {message}"));
            Assert.That(Error.TrimEnd().Split('\n'), Has.Length.EqualTo(1));
            Assert.That(Out, Is.Empty);
            Assert.That(Code, Is.EqualTo(ExitCode.Usage));
        });
    }

    /// <summary>Requires exit code 0.</summary>
    public CommandRun RequireDone()
    {
        Assert.That(Code, Is.EqualTo(ExitCode.Done), Error);
        return this;
    }
}
