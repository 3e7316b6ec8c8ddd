using System.CommandLine.Invocation;
using System.CommandLine;
using Mimir.Runtime.Recipes;

namespace Mimir.Cli.Output;

/// <summary>Answers <c>--version</c>.</summary>
internal sealed class VersionText : SynchronousCommandLineAction
{
    /// <inheritdoc/>
    public override bool ClearsParseErrors => true;

    /// <inheritdoc/>
    public override int Invoke(ParseResult parseResult)
    {
        parseResult.InvocationConfiguration.Output.WriteLine($"mimir {RunConfig.Version}");
        return ExitCode.Done;
    }
}
