using System.CommandLine;
using Mimir.Cli.Options;
using Mimir.Cli.Output;
using Mimir.Cli.Reports;
using Mimir.Runtime.Emulation;

namespace Mimir.Cli.Commands.Ptx;

/// <summary><c>mimir ptx run</c>: one launch of a kernel on the emulator, checked.</summary>
internal sealed class PtxRunCommand : Verb
{
    private readonly PtxRunOptions _options = new();

    /// <inheritdoc/>
    public override string Name => "ptx run";

    /// <inheritdoc/>
    public override string Summary => "Runs a kernel of any PTX file on the emulator, on arrays of .npy files, and reports what it does wrong.";

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
            PtxText.Write(request, result, context.Out);
        return result.Succeeded ? ExitCode.Done : ExitCode.Failed;
    }
}
