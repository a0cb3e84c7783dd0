# docker build -t slb:dev .
#
# Any base images with a JDK 17+ and Maven, and with a Java 17+ runtime and a shell, will do.
ARG BUILD_IMAGE=maven:3.9-eclipse-temurin-21
ARG RUN_IMAGE=eclipse-temurin:21-jre

FROM ${BUILD_IMAGE} AS build
WORKDIR /src
COPY pom.xml ./
COPY src/main src/main
COPY crds crds
COPY deploy/examples/quickstart deploy/examples/quickstart
RUN mvn -B -q -Dmaven.test.skip=true -Dspotless.check.skip=true package

FROM ${RUN_IMAGE}
COPY LICENSE slb /opt/slb/
COPY --from=build /src/target/slb.jar /opt/slb/slb.jar
RUN ln -s /opt/slb/slb /usr/local/bin/slb
# Nobody in particular; the root file system may be read-only if /tmp can be written.
USER 65532:65532
WORKDIR /tmp
ENTRYPOINT ["/opt/slb/slb"]
CMD ["--help"]
