using System.CommandLine;
using Mimir.Cli.Errors;
using Mimir.Cli.Options;
using Mimir.Cli.Output;
using Mimir.Cli.Reports;
using Mimir.Kernels.Ptx;
using Mimir.Runtime.Emulation;

namespace Mimir.Cli.Commands.Ptx;

/// <summary><c>mimir ptx check</c>: what is wrong with PTX files, without running them.</summary>
internal sealed class PtxCheckCommand : Verb
{
    private readonly Option<bool> _all = OptionSyntax.Switch("--all", "Prints notes too: what may be meant so, such as a slow division in a loop.");
    private readonly Option<bool> _json = OptionSyntax.Switch("--json", "Prints one JSON document on stdout.");

    /// <inheritdoc/>
    public override string Name => "ptx check";

    /// <inheritdoc/>
    public override string Summary => "Checks PTX files as an assembler does, and warns of what data flow shows.";

    /// <inheritdoc/>
    public override string Usage => "FILE... [options]";

    /// <inheritdoc/>
    public override Argument<string[]> Files { get; } = new("FILE") { Arity = ArgumentArity.ZeroOrMore };

    /// <inheritdoc/>
    public override IReadOnlyList<OptionGroup> Groups => [new OptionGroup("Output", [_all, _json])];

    /// <inheritdoc/>
    public override IReadOnlyList<string> Notes { get; } =
        ["A line an error or warning: file:line:column: severity: kind: reason. The exit code is 1 where there is an error, 0 where there are warnings only."];

    /// <inheritdoc/>
    public override int Run(ParseResult parse, CliContext context)
    {
        var files = parse.GetValue(Files) ?? [];
        UsageException.Require(files.Length > 0, $"give a PTX file: mimir {Name} FILE...");
        var reports = files.Select(Check).ToArray();
        if (parse.IsGiven(_json))
        {
            JsonOutput.Write(context.Out, new PtxCheckReport(reports.All(report => report.Passed), reports) { Verb = Name });
        }
        else
        {
            foreach (var report in reports)
                Write(report, parse.IsGiven(_all) ? PtxSeverity.Information : PtxSeverity.Warning, context);
        }

        return reports.All(report => report.Passed) ? ExitCode.Done : ExitCode.Failed;
    }

    private static PtxFileReport Check(string file)
    {
        try
        {
            return PtxFileReport.Of(file, PtxSource.Parse(file));
        }
        catch (Exception e) when (e is IOException or FormatException)
        {
            return new PtxFileReport(file, false, null, null, [], [], ErrorLine.Of(e).Message);
        }
    }

    private static void Write(PtxFileReport report, PtxSeverity least, CliContext context)
    {
        if (report.Problem is not null)
        {
            context.Error.WriteLine($"mimir: {report.Problem}");
            return;
        }

        foreach (var diagnostic in report.Diagnostics.Where(diagnostic => diagnostic.Severity >= least))
            context.Out.WriteLine(diagnostic.Text);
        var (errors, warnings, notes) = (report.Count(PtxSeverity.Error), report.Count(PtxSeverity.Warning), report.Count(PtxSeverity.Information));
        context.Out.WriteLine($"{report.File}: {Number(errors, "error")}, {Number(warnings, "warning")}"
            + (notes > 0 ? $", {Number(notes, "note")}" : "") + (report.Passed ? $", {Number(report.Entries.Count, "kernel")} for sm_{report.Target}" : ""));
    }

    private static string Number(int count, string what) => $"{(count == 0 ? "no" : $"{count}")} {what}{(count == 1 ? "" : "s")}";
}
