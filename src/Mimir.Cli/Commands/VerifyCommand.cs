using System.CommandLine;
using Mimir.Cli.Errors;
using Mimir.Cli.Options;
using Mimir.Cli.Output;
using Mimir.Cli.Reports;
using Mimir.Runtime.Verification;

namespace Mimir.Cli.Commands;

/// <summary><c>mimir verify</c>: compares a device with reference tensors.</summary>
internal sealed class VerifyCommand : Verb
{
    private readonly Option<string> _golden = OptionSyntax.Value("--golden", "DIR", "Required. The folder with index.json and the reference tensors.");
    private readonly Option<bool> _all = OptionSyntax.Switch("--all", "Prints every tensor, not only the worst of each group and those that fail.");
    private readonly DeviceOptions _device = new();

    /// <inheritdoc/>
    public override string Name => "verify";

    /// <inheritdoc/>
    public override string Summary => "Compares training steps on a device with those of PyTorch, tensor by tensor.";

    /// <inheritdoc/>
    public override string Usage => "--golden DIR [options]";

    /// <inheritdoc/>
    public override IReadOnlyList<OptionGroup> Groups => [new("Reference", [_golden, _all]), _device.Group("Run")];

    /// <inheritdoc/>
    public override IReadOnlyList<string> Notes { get; } = [
        "Errors are relative in the L2 norm; for attacked images they are the share of values that differ, since the sign of a gradient near zero may "
            + "round either way. The exit code is 1 when anything lies outside its bound, is missing, or is not known to this version.",
    ];

    /// <inheritdoc/>
    public override int Run(ParseResult parse, CliContext context)
    {
        var folder = parse.Text(_golden) ?? throw new UsageException("--golden is required: give a folder with index.json and reference tensors");
        UsageException.Require(
            File.Exists(Path.Combine(folder, "index.json")), Directory.Exists(folder) ? $"--golden {folder} holds no index.json" : $"--golden {folder} does not exist");
        using var device = _device.Open(parse);
        context.Error.WriteLine(RunHeader.Title(Name, device));
        var result = GoldenFolder.Verify(folder, device, name => context.Error.WriteLine($"  {name}"));
        if (_device.Json(parse))
        {
            JsonOutput.Write(context.Out, new VerificationReport(
                folder, result.Passed, result.Lines.Count, result.Lines.Count(line => !line.Passed), result.Bounds, [.. result.Lines.Select(TensorReport.Of)])
            {
                Verb = Name,
                Device = device.Id.ToString(),
                Threads = device.Lanes,
                SimdBits = device.SimdBits,
                Seed = null,
            });
        }
        else
        {
            VerificationTable.Write(context.Out, result, parse.IsGiven(_all));
        }

        return result.Passed ? ExitCode.Done : ExitCode.Failed;
    }
}
