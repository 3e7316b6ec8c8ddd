using System.CommandLine;
using Mimir.Cli.Options;
using Mimir.Cli.Output;
using Mimir.Cli.Reports;
using Mimir.Runtime.Emulation;

namespace Mimir.Cli.Commands.Ptx;

/// <summary>A verb that launches a kernel of any PTX file on the emulator once.</summary>
internal abstract class PtxLaunchCommand : Verb
{
    private readonly PtxRunOptions _options = new();

    /// <inheritdoc/>
    public override string Usage => PtxRunOptions.Usage;

    /// <inheritdoc/>
    public override Argument<string[]> Files { get; } = new("FILE") { Arity = ArgumentArity.ZeroOrMore };

    /// <inheritdoc/>
    public override IReadOnlyList<OptionGroup> Groups => _options.Groups;

    /// <inheritdoc/>
    public override IReadOnlyList<string> Notes => PtxRunOptions.Notes;

    /// <inheritdoc/>
    public override int Run(ParseResult parse, CliContext context)
    {
        var request = _options.Request(parse, Files, Name);
        var result = PtxRun.Execute(request);
        if (_options.Json(parse))
            JsonOutput.Write(context.Out, PtxRunReport.Of(request, result, Name));
        else
            Write(request, result, context.Out);
        return result.Succeeded ? ExitCode.Done : ExitCode.Failed;
    }

    /// <summary>Prints the result for people.</summary>
    protected virtual void Write(PtxRunRequest request, PtxRunResult result, TextWriter output) => PtxText.Write(request, result, output);
}
